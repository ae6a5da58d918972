package detect

import "slices"

func brCPF() detector {
	context := slices.Concat(words(
		"pt: CPF, CPFs, CPF nº, nº do CPF, número do CPF, cadastro de pessoas físicas, cadastro de pessoa física, CPF/MF, contribuinte",
		"en: CPF number, Brazilian CPF", "de: CPF-Nummer", "fr: numéro CPF", "es: número de CPF", "it: numero CPF", "pl: numer CPF", "nl: CPF-nummer",
	), abroad("br", person, tax), taxWords())
	return detector{
		ID:       "br-cpf",
		Category: Personal,
		Doc:      "Brazilian taxpayer number of a person (CPF) with its two check digits",
		Source:   "Receita Federal, Instrução Normativa RFB nº 2.172/2024; Ato Declaratório on the CPF's check digits (modulus 11)",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkCPF,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkCPF: 1 % of random numbers of eleven digits pass.
func checkCPF(c *candidate) grade {
	t := c.Text
	if sameDigit(t) ||
		weighted(t, 10, 9, 8, 7, 6, 5, 4, 3, 2)*10%11%10 != digit(t, 9) ||
		weighted(t, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)*10%11%10 != digit(t, 10) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.mixed(" .-/", 3, 3, 3, 2), c.in("-/", 9, 2):
		return formed
	}
	return reject
}
