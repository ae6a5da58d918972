package sealpost.topic.exceptions_test

import data.sealpost.topic.exceptions

lifted(exception, date, sender) := lifted_for(exception, date, sender, "login")

lifted_for(exception, date, sender, login) := rules if {
	rules := {o.rule | some o in exceptions.override} with input as {
		"recipient": {"exceptions": [exception]},
		"sender": {"address": sender, "authenticated": login},
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

test_a_sender_must_have_logged_in if {
	lifted_for(lab, "2026-01-01", "lab@home.example", "") == set()
	lifted_for(anybody, "2026-01-01", "lab@home.example", "") == {"health-data"}
}

test_none if {
	count(exceptions.override) == 0 with input as {
		"recipient": {"exceptions": []},
		"sender": {"address": "", "authenticated": ""},
		"now": {"date": "2026-01-01"},
	}
}
