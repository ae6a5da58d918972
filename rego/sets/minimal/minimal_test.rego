package sealpost.sets.minimal_test

import data.sealpost.sets_test

# local, partner, business, public provider
cases := {
	"a note": {"want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	"asked for": {"subject": "(SECURE) Offer", "want": ["opportunistic", "content", "content", "content"]},
	"an account": {"found": [["iban", "financial", "medium", 1]], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	"a card": {"found": [["payment-card", "financial", "high", 1]], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	"ten accounts": {"found": [["iban", "financial", "medium", 10]], "want": ["opportunistic", "tls", "tls", "content"]},
	"a thousand": {"found": [["iban", "financial", "medium", 1000]], "want": ["opportunistic", "verified-tls", "verified-tls", "forbidden"]},
	"a patient": {
		"found": [["diagnosis", "health", "medium", 1], ["date-of-birth", "personal", "medium", 1]],
		"want": ["opportunistic", "content", "content", "content"],
	},
	"a private key": {"found": [["private-key", "secret", "high", 1]], "want": ["opportunistic", "content", "content", "content"]},
	"unread": {"scanned": "none", "problems": ["type-not-read"], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	"smuggled mail": {"ambiguous": true, "problems": ["smuggled-mail"], "want": ["hold", "hold", "hold", "hold"]},
}

test_minimal if sets_test.wrong(data.sets.minimal, cases) == {}
