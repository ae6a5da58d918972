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

by_sender(rule) := {"rule": rule, "reason": "the sender says so", "who": "anna", "justification": "agreed by telephone"}

test_sender_lifts_one_rule if {
	require := {demand("tls", "a"), demand("content", "b"), demand("verified-tls", "c")}
	decision := main.decision with data.sealpost.topic as with_set(require, "override", {by_sender("b")})
	decision.level == "verified-tls"
	decision.overrides == [{"rule": "b", "who": "anna", "justification": "agreed by telephone", "state": "lifted", "text": "the sender says so"}]
	[r.rule | some r in decision.overridden] == ["b"]
}

test_sender_never_lifts_what_forbids if {
	require := {demand("tls", "a"), demand("forbidden", "b"), demand("verified-tls", "c")}
	decision := main.decision with data.sealpost.topic as with_set(require, "override", {by_sender("b")})
	decision.level == "forbidden"
	[t.treatment | some t in decision.treatments] == ["quarantine", "reject"]
	decision.treatments[0].params == {"release": {{"rule": "b", "reason": "because of b"}}, "then": "verified-tls"}
	[o.state | some o in decision.overrides] == ["held"]
	decision.overridden == []
}

# Twin: a second rule forbids, and nobody asked for it.
test_not_held_where_another_rule_forbids if {
	require := {demand("tls", "a"), demand("forbidden", "b"), demand("forbidden", "c")}
	decision := main.decision with data.sealpost.topic as with_set(require, "override", {by_sender("b")})
	decision.level == "forbidden"
	decision.treatments == [{"treatment": "reject"}]
	[o.state | some o in decision.overrides] == ["not-lifted"]
}

test_override_of_a_rule_that_demands_nothing if {
	decision := main.decision with data.sealpost.topic as with_set({demand("tls", "a")}, "override", {by_sender("b")})
	decision.level == "tls"
	decision.overrides == []
}

test_ignored_overrides_lift_nothing_and_are_recorded if {
	ignored := {{"rule": "a", "who": "", "reason": "not logged in"}}
	decision := main.decision with data.sealpost.topic as with_set({demand("tls", "a")}, "ignored", ignored)
	decision.level == "tls"
	decision.overrides == [{"rule": "a", "who": "", "justification": "", "state": "ignored", "text": "not logged in"}]
}

hold(rule) := object.union(demand("forbidden", rule), {"hold": true})

test_hold if {
	decision := main.decision with data.sealpost.topic as topics({demand("tls", "a"), hold("b"), hold("c")})
	decision.level == "forbidden"
	[t.treatment | some t in decision.treatments] == ["quarantine", "reject"]
	{r.rule | some r in decision.treatments[0].params.release} == {"b", "c"}
	decision.treatments[0].params.then == "tls"
}

test_hold_together_with_an_override if {
	require := {demand("tls", "a"), hold("b"), demand("forbidden", "c")}
	decision := main.decision with data.sealpost.topic as with_set(require, "override", {by_sender("c")})
	{r.rule | some r in decision.treatments[0].params.release} == {"b", "c"}
}

# Twins: what forbids outright, also by the same rule, and with nothing else demanded.
test_no_hold_where_something_forbids if {
	decision := main.decision with data.sealpost.topic as topics({demand("tls", "a"), hold("b"), demand("forbidden", "c")})
	decision.treatments == [{"treatment": "reject"}]
	same := main.decision with data.sealpost.topic as topics({demand("tls", "a"), hold("b"), demand("forbidden", "b")})
	same.treatments == [{"treatment": "reject"}]
	alone := main.decision with data.sealpost.topic as topics({hold("b")})
	alone.treatments == [{"treatment": "reject"}]
}
