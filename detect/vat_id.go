package detect

import "slices"

func vatID() detector {
	context := slices.Concat(words(
		"en: VAT, VAT number, VAT no, VAT id, VAT reg, VAT reg no, VAT registration, VAT registration number, VAT identification number, VAT code, VATIN, VIES, UID",
		"de: USt-IdNr, USt-ID, USt-Id-Nr, UStIdNr, UStID, UID, UID-Nr, UID-Nummer, Umsatzsteuer-Identifikationsnummer, Umsatzsteuer-ID, Umsatzsteueridentifikationsnummer, Umsatzsteuernummer, MwSt, MwSt-Nr, MWST-Nummer, Mehrwertsteuernummer, ATU",
		"fr: TVA, numéro de TVA, n° TVA, n° de TVA, TVA intracommunautaire, numéro de TVA intracommunautaire, n° TVA intracom, IDE", "nl: btw, btw-nummer, btw-nr, btw-id, btw-identificatienummer, ondernemingsnummer, omzetbelastingnummer",
		"pl: NIP, NIP UE, numer VAT, VAT UE, VAT-UE, nr VAT, numer identyfikacyjny VAT", "it: partita IVA, P.IVA, P. IVA, PIVA, IVA, IDI", "es: NIF, CIF, NIF-IVA, NIF intracomunitario, número de IVA, IVA, N.I.F, C.I.F", "pt: NIF, NIPC, contribuinte",
		"nordic: momsnummer, moms, momsnr, momsregistreringsnummer, VAT-nr, VAT-nummer, SE-nr, CVR, CVR-nr, MVA, orgnr, alv-numero, ALV, arvonlisäverotunniste, KMKR, KMKR number, KMKR nr, käibemaksukohustuslase number",
		"baltic: PVM, PVM kodas, PVN, PVN reģistrācijas numurs", "cz: DIČ, IČ DPH, DPH", "hu: adószám, közösségi adószám, ÁFA", "ro: CUI, CIF, cod fiscal, cod TVA", "si: ID za DDV, davčna številka", "hr: OIB, PDV, PDV ID, porezni broj", "bg: ДДС, ЕИК, Булстат", "el: ΑΦΜ, Α.Φ.Μ, ΦΠΑ",
	))
	return detector{
		ID:       "vat-id",
		Category: Financial,
		Doc:      "VAT number of an EU country, Great Britain, Norway or Switzerland with its country's form and check digits",
		Source:   "Directive 2006/112/EC, article 215; European Commission, VIES: structure of VAT numbers; HMRC VATREC; Skatteetaten; BFS, UID",
		// And Norway's without NO.
		Shapes:  append(national("AA", vatForms), shape{Lead: "999999999AAA", Rest: 'A', Min: 12, Max: 12}),
		Check:   checkVAT,
		Context: context,
		Against: otherNumbers(context, "invoice", "invoice number", "invoice no", "Rechnung", "Rechnungsnummer", "Rechnungs", "facture", "numéro de facture", "factuur", "factuurnummer", "faktura", "faktury", "numer faktury", "factura", "número de factura", "fattura", "numero fattura"),
		Mask:    dots,
	}
}

// checkVAT: of random numbers behind a country's letters one in ten passes or
// fewer. Letters that stand alone may be a word: "de 123 456 789".
func checkVAT(c *candidate) grade {
	t := c.Text
	if t[0] <= '9' {
		if string(t[9:]) != "MVA" || !norwegianFirm(t[:9]) || !c.plain() && !c.in(" ", 9, 3) && !c.in(" ", 3, 3, 3, 3) {
			return reject
		}
		return formed
	}
	if !vatNumber(string(t[:2]), t[2:]) || sameDigit(t[2:]) {
		return reject
	}
	if c.Groups[0] == 2 || len(t) < 9 {
		return claimed
	}
	return formed
}
