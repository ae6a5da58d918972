package detect

import "slices"

func ltAsmens() detector {
	context := slices.Concat(words(
		"lt: asmens kodas, asmens kodo, asmens kodą, asmens kodu, asmens kodai, asm. kodas, asm. k, a. k, asmens identifikavimo kodas, gimimo data, gimęs, gimusi, pacientas, paciento",
		"en: Lithuanian ID code, asmens kodas number", "ru: личный код", "de: litauischer Personencode, Personencode", "fr: code personnel lituanien", "nl: Litouwse persoonscode", "pl: litewski kod osobowy, kod osobisty", "lv: Lietuvas personas kods",
	), abroad("lt", person), birthWords())
	return detector{
		ID:       "lt-asmens",
		Category: Personal,
		Doc:      "Lithuanian personal code with its check digit and a date of birth",
		Source:   "Lietuvos Respublikos gyventojų registro įstatymas, article 8 (form and check digit)",
		Shapes:   []shape{digits(11, 11)},
		Check:    func(c *candidate) grade { return checkBalticCode(c, '6') },
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}
