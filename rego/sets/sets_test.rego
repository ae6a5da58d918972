# Tables of cases for the ready-made sets. A case is what was found and seen of
# a message, and the level that each kind of recipient's copy gets.
package sealpost.sets_test

import data.sealpost.main

# The lists of a set lie over the shipped ones, each key whole.
laid_over(set) := object.union(object.remove(data.data, object.keys(set)), set)

kinds := ["local", "partner", "business", "public-provider"]

# What a case doesn't say is that of a plain note, all of which was read.
message(case, kind) := {
	"message": {
		"direction": object.get(case, "direction", "outbound"),
		"subject": object.get(case, "subject", "Minutes"),
		"labels": object.get(case, "labels", []),
		"overrides": [],
	},
	"sender": {
		"address": "anna@home.example", "domain": "home.example", "local": true, "authenticated": "anna",
		"client": {"ip": "192.0.2.1"},
	},
	"recipient": object.union({"kind": kind, "exceptions": []}, agreement(kind)),
	"content": {
		"scanned": object.get(case, "scanned", "full"),
		"encrypted": object.get(case, "encrypted", ""),
		"ambiguous": object.get(case, "ambiguous", false),
		"problems": object.get(case, "problems", []),
		"findings": findings(case),
		"categories": [f.category | some f in findings(case); f.confidence != "low"],
		"detectors": [f.detector | some f in findings(case); f.confidence != "low"],
	},
	"now": {"date": "2026-01-30", "business_days": ["2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05"]},
}

# A partner of the cases agreed on TLS.
agreement("partner") := {"partner": {"name": "Partner Ltd", "level": "tls"}}

agreement(kind) := {} if kind != "partner"

findings(case) := [{"detector": f[0], "category": f[1], "confidence": f[2], "count": f[3], "part": part} |
	some f in object.get(case, "found", [])
	part := array.concat(f, ["1"])[4]
]

decide(lists, case, kind) := decision if {
	decision := main.decision with input as message(case, kind)
		with data.sealpost.thresholds as lists.thresholds
		with data.sealpost.unscannable as lists.unscannable
		with data.sealpost.secure_subject as lists.secure_subject
		with data.sealpost.health_data as lists.health_data
		with data.sealpost.financial_data as lists.financial_data
		with data.sealpost.personal_data as lists.personal_data
		with data.sealpost.secrets as lists.secrets
		with data.sealpost.classes as lists.classes
		with data.sealpost.labels as lists.labels
		with data.sealpost.own_data as lists.own_data
		with data.sealpost.problems as lists.problems
		with data.sealpost.ambiguous_mime as lists.ambiguous_mime
		with data.sealpost.inbound_tls as lists.inbound_tls
		with data.sealpost.registered_senders as lists.registered_senders
		with data.sealpost.overrides as lists.overrides
		with data.sealpost.pick_up as lists.pick_up
}

# "hold" where the level is forbidden until somebody releases the copy.
level(decision) := "hold" if decision.treatments[0].treatment == "quarantine"

level(decision) := decision.level if not decision.treatments[0].treatment == "quarantine"

# What a table's cases get that isn't what they want: nothing, if all is well.
wrong(set, cases) := {name: got |
	lists := laid_over(set)
	some name, case in cases
	got := [level(decide(lists, case, kind)) | some kind in kinds]
	got != case.want
}

all_the_same(level) := [level | some _ in kinds]

test_the_shipped_lists if {
	wrong({}, {
		"a note": {"want": ["opportunistic", "tls", "opportunistic", "opportunistic"]},
		"an account": {"found": [["iban", "financial", "medium", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
		"a card": {"found": [["payment-card", "financial", "high", 1]], "want": ["opportunistic", "tls", "tls", "content"]},
		"many cards": {"found": [["payment-card", "financial", "high", 100]], "want": ["opportunistic", "content", "content", "forbidden"]},
		"a patient": {"found": [["icd10", "health", "high", 1]], "want": ["opportunistic", "content", "content", "content"]},
		"malware": {"found": [["malware", "own", "high", 1]], "want": all_the_same("forbidden")},
		"smuggled mail": {"ambiguous": true, "problems": ["smuggled-mail"], "want": all_the_same("hold")},
		"unread": {"scanned": "none", "problems": ["type-not-read"], "want": ["opportunistic", "tls", "tls", "tls"]},
		"a label": {"labels": ["Streng vertraulich"], "want": ["opportunistic", "content", "content", "content"]},
	}) == {}
}
