package sealpost.sets.bank_test

import data.sealpost.sets_test

# local, partner, business, public provider
cases := {
	"a note": {"want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	# PCI DSS 4.2.2
	"one card number": {"found": [["payment-card", "financial", "high", 1]], "want": ["opportunistic", "content", "content", "content"]},
	"ten card numbers": {"found": [["payment-card", "financial", "high", 10]], "want": ["opportunistic", "hold", "hold", "forbidden"]},
	"a doubtful card number": {"found": [["payment-card", "financial", "low", 10]], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	# Accounts
	"one account": {"found": [["iban", "financial", "medium", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
	"ten accounts": {"found": [["iban", "financial", "medium", 10]], "want": ["opportunistic", "verified-tls", "verified-tls", "content"]},
	"a hundred accounts": {"found": [["iban", "financial", "medium", 100]], "want": ["opportunistic", "content", "hold", "forbidden"]},
	# 201 CMR 17.04(3)
	"a name with a social security number": {
		"found": [["person-name", "personal", "high", 1], ["us-ssn", "personal", "high", 1]],
		"want": ["opportunistic", "verified-tls", "verified-tls", "content"],
	},
	"a social security number alone": {"found": [["us-ssn", "personal", "high", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
	"a name alone": {"found": [["person-name", "personal", "high", 1]], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	# SecureEmail
	"asked for": {"subject": "(SECURE) Offer", "want": ["opportunistic", "content", "content", "content"]},
	# Classes
	"confidential by its label": {"labels": ["Confidential"], "want": ["opportunistic", "tls", "tls", "content"]},
	"a patient": {"found": [["diagnosis", "health", "high", 1]], "want": ["opportunistic", "content", "content", "content"]},
	# What could not be read
	"an unknown format": {"scanned": "none", "problems": ["type-not-read"], "want": ["opportunistic", "verified-tls", "verified-tls", "content"]},
	"a picture": {"scanned": "partial", "problems": ["image"], "want": ["opportunistic", "tls", "tls", "tls"]},
	"a program called invoice.pdf": {"problems": ["type-mismatch"], "want": ["opportunistic", "hold", "hold", "hold"]},
	"the same from outside": {"direction": "inbound", "problems": ["type-mismatch"], "want": ["hold", "tls", "opportunistic", "opportunistic"]},
	"encrypted already": {"scanned": "none", "encrypted": "smime", "problems": ["encrypted"], "want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
}

test_bank if sets_test.wrong(data.sets.bank, cases) == {}

# SecureEmail: PDF first, and three business days.
test_bank_pick_up if {
	lists := sets_test.laid_over(data.sets.bank)
	sets_test.decide(lists, {"subject": "(SECURE) Offer"}, "business").treatments == [
		{"treatment": "pdf", "params": {"until": "2026-02-04"}},
		{"treatment": "portal", "params": {"until": "2026-02-04"}},
		{"treatment": "smime"},
		{"treatment": "pgp"},
	]
}
