package sealpost.sets.insurer_test

import data.sealpost.sets_test

# local, partner, business, public provider
cases := {
	# Low risk
	"a note": {"want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	"internal by its label": {"labels": ["intern"], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	# Normal risk: all classes may use TLS …
	"an identifier": {"found": [["de-steuer-id", "personal", "high", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
	"confidential by its label": {"labels": ["Vertraulich"], "want": ["opportunistic", "tls", "tls", "content"]},
	"a name with a policy holder's number": {
		"found": [["person-name", "personal", "high", 1], ["de-kvnr", "personal", "high", 1]],
		"want": ["opportunistic", "verified-tls", "verified-tls", "content"],
	},
	"an account": {"found": [["iban", "financial", "medium", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
	"a hundred accounts": {"found": [["iban", "financial", "medium", 100]], "want": ["opportunistic", "verified-tls", "content", "forbidden"]},
	"a card": {"found": [["payment-card", "financial", "high", 1]], "want": ["opportunistic", "verified-tls", "content", "content"]},
	# … except strictly confidential ones.
	"a claim with a diagnosis": {
		"found": [["diagnosis", "health", "medium", 1], ["person-name", "personal", "high", 1]],
		"want": ["opportunistic", "content", "content", "content"],
	},
	"strictly confidential by its label": {"labels": ["Streng vertraulich"], "want": ["opportunistic", "content", "content", "content"]},
	"signs of health": {"found": [["medication", "health", "medium", 3]], "want": ["opportunistic", "content", "content", "content"]},
	# Unread
	"an unknown format": {"scanned": "none", "problems": ["type-not-read"], "want": ["opportunistic", "verified-tls", "verified-tls", "verified-tls"]},
	"a broken file": {"scanned": "partial", "problems": ["broken"], "want": ["opportunistic", "tls", "tls", "tls"]},
}

test_insurer if sets_test.wrong(data.sets.insurer, cases) == {}

# An exception for one rule leaves the floor of the class.
test_insurer_floor if {
	lists := sets_test.laid_over(data.sets.insurer)
	decision := sets_test.decide(lists, {"found": [["diagnosis", "health", "high", 1]]}, "business")
	decision.class == "strictly-confidential"
	{r.rule | some r in decision.reasons; r.level == "content"} == {"health-data", "class-floor"}
}
