package detect

func keyword(terms []string) detector {
	return detector{
		ID:        "keyword",
		Category:  Own,
		Doc:       "the organisation's own words and phrases, as whole words without regard to case or accents",
		Source:    "the operator's configuration",
		Terms:     terms,
		TermGrade: proven,
		Mask:      dots,
	}
}
