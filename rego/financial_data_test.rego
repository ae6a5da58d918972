package sealpost.topic.financial_data_test

import data.sealpost.topic.financial_data

lists := {
	"cards": [
		{"from": 1, "demands": {"business": "tls"}},
		{"from": 10, "demands": {"business": "verified-tls", "public-provider": "content"}},
		{"from": 100, "demands": {"business": "hold"}},
	],
	"accounts": [{"from": 5, "demands": {"business": "tls"}}],
}

finding(detector, confidence, count) := {
	"detector": detector, "category": "financial", "confidence": confidence, "count": count,
}

cards(number) := [finding("payment-card", "high", number)]

accounts(number) := [finding("iban", "medium", number)]

message(findings, kind) := {
	"content": {"findings": findings, "categories": [f.category | some f in findings; f.confidence != "low"], "detectors": [f.detector | some f in findings; f.confidence != "low"]},
	"recipient": {"kind": kind},
}

demands(findings, kind) := found if {
	found := {[r.rule, r.level, r.hold] | some r in financial_data.require} with input as message(findings, kind)
		with data.sealpost.financial_data as lists
}

test_steps if {
	demands(cards(1), "business") == {["card-numbers", "tls", false]}
	demands(cards(9), "business") == {["card-numbers", "tls", false]}
	demands(cards(10), "business") == {["card-numbers", "verified-tls", false]}
	demands(cards(99), "business") == {["card-numbers", "verified-tls", false]}
	demands(cards(100), "business") == {["card-numbers", "forbidden", true]}
}

test_what_the_last_step_does_not_name_needs_nothing if {
	demands(cards(10), "public-provider") == {["card-numbers", "content", false]}
	demands(cards(100), "public-provider") == set()
	demands(cards(1), "local") == set()
}

test_accounts_are_counted_by_themselves if {
	demands(accounts(4), "business") == set()
	demands(accounts(5), "business") == {["account-numbers", "tls", false]}
	demands(array.concat(accounts(4), cards(1)), "business") == {["card-numbers", "tls", false]}
	demands(array.concat(accounts(3), accounts(2)), "business") == {["account-numbers", "tls", false]}
}

test_doubtful_findings_do_not_count if {
	demands([finding("payment-card", "low", 50)], "business") == set()
	demands(array.concat(cards(1), [finding("payment-card", "low", 50)]), "business") == {["card-numbers", "tls", false]}
}

test_confidential_from_the_first_step_on if {
	{c.class | some c in financial_data.class} == {"confidential"} with input as message(cards(1), "local")
		with data.sealpost.financial_data as lists
	count(financial_data.class) == 0 with input as message(accounts(4), "local")
		with data.sealpost.financial_data as lists
}
