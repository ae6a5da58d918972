package detect

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// identifiers are the numbers that a state, an insurer or a register gives
// to a person or a firm, by country.
func identifiers() []detector {
	return []detector{
		usITIN(), usNPI(), usMBI(), caSIN(), brCPF(),
		ukNHS(), ukNINO(), ukUTR(), iePPS(),
		deSteuerID(), deSVNR(), deKVNR(), dePersonalausweis(), atSVNR(), chAHV(),
		plNIP(), plREGON(), plDowod(), czRC(), roCNP(), bgEGN(), hrOIB(),
		nlBSN(), beNRN(), luMatricule(), frNIR(), frSIRET(),
		itCodiceFiscale(), itPIVA(), esDNI(), esNIE(), ptNIF(), grAMKA(),
		sePersonnummer(), noFodselsnummer(), dkCPR(), fiHetu(), eeIsikukood(), ltAsmens(),
		trTCKN(), auTFN(), inAadhaar(),
		passportMRZ(), vatID(),
	}
}

// birthWords stand beside a number that begins with a date of birth, whatever
// the country. Numbers with a weaker check don't use them.
func birthWords() []string {
	return words(
		"en: national id, national id number, national identity number, national identification number, personal identification number, personal identity number, personal identity code, personal id code, personal id number, date of birth, DOB, national_id, personal_id",
		"de: Geburtsdatum, geboren, Personenkennzahl, Personenkennziffer, Personennummer, nationale Identifikationsnummer, Personenidentifikationsnummer",
		"fr: date de naissance, numéro national, numéro d'identification national, numéro national d'identité, numéro personnel, numéro d'identification personnel",
		"nl: geboortedatum, persoonsnummer, persoonlijk identificatienummer, nationaal nummer, identiteitsnummer",
		"pl: data urodzenia, daty urodzenia, urodzony, urodzona, numer identyfikacyjny, numer osobisty, krajowy numer identyfikacyjny",
		"es: fecha de nacimiento, número de identidad, número de identificación personal, número nacional de identidad, número personal",
		"it: data di nascita, nato il, nata il, codice personale, numero di identificazione personale, numero di identificazione nazionale",
		"nordic: födelsedatum, fødselsdato, fødselsdag, syntymäaika, syntynyt",
	)
}

// insuranceWords stand beside a social insurance number of any country, where
// its check is strong enough for them.
func insuranceWords() []string {
	return words(
		"en: social security number, social security no, social insurance number, social security, SSN, insured person number, social_security_number",
		"de: Sozialversicherungsnummer, Sozialversicherungsnr, Sozialversicherung, Versichertennummer",
		"fr: numéro de sécurité sociale, n° de sécurité sociale, sécurité sociale, numéro d'assuré, numéro d'assurance sociale",
		"nl: socialezekerheidsnummer, sociale zekerheid, verzekerdennummer",
		"pl: numer ubezpieczenia społecznego, numer ubezpieczenia, ubezpieczenia społecznego, numer ubezpieczonego",
		"es: número de seguridad social, número de la seguridad social, seguridad social, número de afiliación",
		"it: numero di previdenza sociale, previdenza sociale, numero di sicurezza sociale, sicurezza sociale",
		"nordic: socialförsäkringsnummer, socialsikringsnummer, trygdenummer, sosiaaliturvatunnus",
	)
}

// taxWords stand beside a person's tax number of any country, likewise.
func taxWords() []string {
	return words(
		"en: tax id, tax id number, tax number, tax identification number, tax code, taxpayer number, taxpayer identification number, tax_id",
		"de: Steuernummer, Steuer-Nr, Steueridentifikationsnummer", "fr: numéro fiscal, numéro d'identification fiscale, identifiant fiscal, numéro SPI", "nl: fiscaal nummer, belastingnummer, fiscaal identificatienummer",
		"pl: numer podatkowy, numer identyfikacji podatkowej", "es: número fiscal, número de identificación fiscal", "it: codice fiscale, codice tributario", "nordic: skattenummer, skattenumre, verotunniste",
	)
}

// rivalNames are the unmistakable names of identifiers: a number that stands
// beside one of them is hardly any other.
func rivalNames() []string {
	return words(
		"en: SSN, social security number, ITIN, NPI, Medicare, MBI, social insurance number, NHS, NHS number, national insurance number, NINO, UTR, PPS, PPSN, TFN, Aadhaar, IBAN, account number, card number, credit card, SWIFT, BIC",
		"de: Steuer-ID, Steuer-IdNr, IdNr, Steueridentifikationsnummer, Sozialversicherungsnummer, Rentenversicherungsnummer, Versichertennummer, KVNR, AHV, AHV-Nummer, Kontonummer, Kreditkarte, Kartennummer, USt-IdNr",
		"fr: numéro de sécurité sociale, SIRET, SIREN, AVS, numéro AVS, registre national, numéro fiscal, numéro de compte, carte bancaire, TVA",
		"nl: BSN, burgerservicenummer, rijksregisternummer, rekeningnummer, KvK, KvK-nummer, btw, btw-nummer",
		"pl: PESEL, NIP, REGON, KRS, numer rachunku, numer konta, numer karty",
		"es: DNI, NIE, NIF, CIF, IVA, número de cuenta, número de tarjeta", "it: codice fiscale, partita IVA, P.IVA, numero di conto, numero carta",
		"pt: NIF, contribuinte, CPF, CNPJ", "cz: rodné číslo, IČO, DIČ", "ro: CNP, CUI", "bg: ЕГН, EGN", "hr: OIB", "gr: ΑΜΚΑ, AMKA, ΑΦΜ",
		"nordic: personnummer, organisationsnummer, fødselsnummer, orgnr, organisasjonsnummer, CPR, CPR-nr, CVR, henkilötunnus, hetu, Y-tunnus",
		"baltic: isikukood, asmens kodas", "tr: TC Kimlik, TCKN, kimlik no",
	)
}

// otherNumbers name numbers that are none of those that context names; spared
// names belong to neither. A name that is part of one of context's, as "social
// security number" is of "Swiss social security number", is left out too.
func otherNumbers(context []string, spared ...string) []string {
	own := "|"
	for _, name := range slices.Concat(context, spared) {
		own += plainName(name) + "|"
	}
	var others []string
	for _, name := range numberNames() {
		if !strings.Contains(own, name.plain) {
			others = append(others, name.text)
		}
	}
	return others
}

// numberNames are the names of numbers of all kinds, as they are written and
// as plainName makes them.
var numberNames = sync.OnceValue(func() []numberName {
	var names []numberName
	for _, name := range append(orderWords(), rivalNames()...) {
		names = append(names, numberName{name, plainName(name)})
	}
	return names
})

type numberName struct{ text, plain string }

// plainName is a name in lower case, without accents, and with a blank
// before and after each word.
func plainName(name string) string {
	letters := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(name))
	return " " + strings.Join(strings.Fields(letters), " ") + " "
}
