package sealpost.main_test

import data.sealpost.main

demand(level, rule) := {"level": level, "rule": rule, "reason": concat(" ", ["because of", rule])}

topics(require) := {"one": {"require": require, "class": set(), "override": set(), "treat_with": set(), "notify": set()}}

with_set(require, name, elements) := object.union(topics(require), {"two": {name: elements}})

test_most_protective_wins if {
	decision := main.decision with data.sealpost.topic as topics({demand("tls", "a"), demand("content", "b"), demand("verified-tls", "c")})
	decision.level == "content"
	[r.rule | some r in decision.reasons] == ["b", "c", "a"]
	decision.reasons[0].text == "because of b"
	[t.treatment | some t in decision.treatments] == ["smime", "pgp", "pdf", "portal"]
}

test_each_level_has_its_usual_treatments if {
	every level, treatments in main.usual_treatments {
		decision := main.decision with data.sealpost.topic as topics({demand(level, "a")})
		decision.level == level
		[t.treatment | some t in decision.treatments] == treatments
	}
}

test_levels_are_ordered if {
	ordered := ["opportunistic", "tls", "verified-tls", "partner-tls", "content", "forbidden"]
	every i in numbers.range(0, 4) {
		main.level == ordered[i + 1] with data.sealpost.topic as topics({demand(ordered[i], "a"), demand(ordered[i + 1], "b")})
	}
}

test_no_demand_is_no_decision if {
	not main.decision with data.sealpost.topic as topics(set())
}

test_unknown_level_comes_first if {
	main.level == "contant" with data.sealpost.topic as topics({demand("contant", "a"), demand("forbidden", "b")})
}

test_demand_without_a_level_is_no_decision if {
	not main.decision with data.sealpost.topic as topics({{"rule": "a", "reason": "b"}, demand("tls", "b")})
}

test_override_lifts_one_rule if {
	require := {demand("tls", "a"), demand("content", "b"), demand("verified-tls", "c")}
	lift_b := {{"rule": "b", "reason": "agreed"}}
	decision := main.decision with data.sealpost.topic as with_set(require, "override", lift_b)
	decision.level == "verified-tls"
	[r.rule | some r in decision.overridden] == ["b"]
	[r.rule | some r in decision.reasons] == ["c", "a"]
}

test_override_that_changes_nothing_is_not_reported if {
	require := {demand("tls", "a"), demand("content", "b")}
	lift_a := {{"rule": "a", "reason": "agreed"}}
	decision := main.decision with data.sealpost.topic as with_set(require, "override", lift_a)
	decision.level == "content"
	decision.overridden == []
}

test_treat_with_names_the_treatments_of_its_level if {
	require := {demand("content", "b")}
	other_level := {"level": "tls", "treatments": ["portal"], "rule": "other"}
	portal := {"level": "content", "treatments": ["portal", "pdf"], "params": {"pdf": {"pages": 1}}, "rule": "c"}
	decision := main.decision with data.sealpost.topic as with_set(require, "treat_with", {portal, other_level})
	decision.treatments == [{"treatment": "portal"}, {"treatment": "pdf", "params": {"pages": 1}}]
}

test_most_sensitive_class_wins if {
	classes := {{"class": "internal"}, {"class": "strictly-confidential"}, {"class": "confidential"}}
	main.class == "strictly-confidential" with data.sealpost.topic as with_set(set(), "class", classes)
	main.class == "public" with data.sealpost.topic as topics(set())
	main.class == "secert" with data.sealpost.topic as with_set(set(), "class", {{"class": "secert"}, {"class": "internal"}})
}

test_notices_are_passed_on if {
	notices := {{"rule": "n", "reason": "Say so."}}
	decision := main.decision with data.sealpost.topic as with_set({demand("tls", "a")}, "notify", notices)
	decision.notices == [{"rule": "n", "text": "Say so."}]
}
