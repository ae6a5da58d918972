package sealpost.sets.hospital_test

import data.sealpost.sets_test

# local, partner, business, public provider
cases := {
	"a note": {"want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
	# GDPR Art. 9: whose health it is
	"a patient's letter": {
		"found": [["diagnosis", "health", "medium", 2], ["person-name", "personal", "high", 1]],
		"want": ["opportunistic", "content", "content", "content"],
	},
	"a guideline, and a name in another document": {
		"found": [["diagnosis", "health", "medium", 9, "2"], ["person-name", "personal", "high", 1, "1"]],
		"want": ["opportunistic", "tls", "verified-tls", "content"],
	},
	"a guideline": {"found": [["diagnosis", "health", "medium", 9]], "want": ["opportunistic", "tls", "verified-tls", "content"]},
	"a guideline, and the sender's signature": {
		"found": [["diagnosis", "health", "medium", 9], ["email-address", "contact", "high", 1], ["phone-number", "contact", "high", 1]],
		"want": ["opportunistic", "tls", "verified-tls", "content"],
	},
	"a record": {"found": [["hl7v2", "health", "medium", 1]], "want": ["opportunistic", "content", "content", "content"]},
	"a sure sign": {"found": [["diagnosis", "health", "high", 1]], "want": ["opportunistic", "content", "content", "content"]},
	# Lists of patients
	"one patient's number": {"found": [["de-kvnr", "personal", "high", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
	"two": {"found": [["de-kvnr", "personal", "high", 2]], "want": ["opportunistic", "verified-tls", "verified-tls", "content"]},
	"ten": {"found": [["de-kvnr", "personal", "high", 10]], "want": ["opportunistic", "verified-tls", "verified-tls", "forbidden"]},
	# What could not be read may be a patient's.
	"a picture": {"scanned": "partial", "problems": ["image"], "want": ["opportunistic", "content", "content", "content"]},
	"an unknown format": {"scanned": "none", "problems": ["type-not-read"], "want": ["opportunistic", "content", "content", "content"]},
	"no antivirus looked at it": {"direction": "inbound", "problems": ["malware-scan-unavailable"], "want": ["hold", "tls", "opportunistic", "opportunistic"]},
}

test_hospital if sets_test.wrong(data.sets.hospital, cases) == {}
