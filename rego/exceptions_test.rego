package sealpost.topic.exceptions_test

import data.sealpost.topic.exceptions

lifted(exception, date, sender) := rules if {
	rules := {o.rule | some o in exceptions.override} with input as {
		"recipient": {"exceptions": [exception]},
		"sender": {"address": sender},
		"now": {"date": date},
	}
}

anybody := {"rule": "health-data", "sender": "", "until": "2026-06-30", "reason": "Agreed."}

lab := object.union(anybody, {"sender": "lab@home.example"})

test_until_its_last_day if {
	lifted(anybody, "2026-06-30", "anna@home.example") == {"health-data"}
	lifted(anybody, "2026-07-01", "anna@home.example") == set()
}

test_bound_to_a_sender if {
	lifted(lab, "2026-01-01", "Lab@home.example") == {"health-data"}
	lifted(lab, "2026-01-01", "anna@home.example") == set()
}

test_none if {
	count(exceptions.override) == 0 with input as {"recipient": {"exceptions": []}, "now": {"date": "2026-01-01"}}
}
