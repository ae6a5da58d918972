package detect

import "slices"

func ptNIF() detector {
	context := slices.Concat(words(
		"pt: NIF, N.I.F, NIPC, número de contribuinte, nº de contribuinte, n.º de contribuinte, nº contribuinte, contribuinte, contribuinte nº, número de identificação fiscal, número fiscal, identificação fiscal, número de identificação de pessoa coletiva",
		"en: NIF number, Portuguese NIF, contribuinte number", "de: NIF-Nummer", "fr: numéro NIF, numéro de contribuable portugais", "nl: NIF-nummer", "it: numero NIF", "es: NIF portugués", "pl: numer NIF",
	), abroad("pt", tax, person))
	return detector{
		ID:       "pt-nif",
		Category: Personal,
		Doc:      "Portuguese tax number (NIF) with its check digit",
		Source:   "Decreto-Lei 14/2013 (Portugal), articles 9 to 11 (prefixes, modulus 11)",
		Shapes:   []shape{digits(9, 9), {Begins: "PT", Lead: "AA", Rest: '9', Min: 11, Max: 11}},
		Check:    checkPTNIF,
		Context:  context,
		Against:  append(otherNumbers(context, "VAT", "IVA"), words("pt: telefone, telem, telemóvel, tlm", "es: Tlf, Tlfno, Tfno, Telf")...),
		Mask:     dots,
	}
}

// checkPTNIF: 8 % of random numbers of nine digits pass.
func checkPTNIF(c *candidate) grade {
	t := c.Text
	if len(t) == 11 {
		if string(t[:2]) != "PT" {
			return reject
		}
		t = t[2:]
	}
	if !ptDigit(t) {
		return reject
	}
	if c.plain() || c.in(" ", 2, 9) || c.in(" .-", 3, 3, 3) || c.in(" ", 2, 3, 3, 3) {
		return claimed
	}
	return reject
}

// ptDigit: 4 and 7 to 9 have a second digit that says what for.
func ptDigit(t []byte) bool {
	switch t[0] {
	case '0':
		return false
	case '4':
		if t[1] != '5' {
			return false
		}
	case '7':
		if t[1] == '3' || t[1] == '6' {
			return false
		}
	case '9':
		if t[1] != '0' && t[1] != '1' && t[1] != '8' && t[1] != '9' {
			return false
		}
	}
	return (11-weighted(t, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(t, 8)
}
