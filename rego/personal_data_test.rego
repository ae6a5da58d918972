package sealpost.topic.personal_data_test

import data.sealpost.topic.personal_data

thresholds := {"identifiers": {"tls": 1, "verified_tls": 10, "forbidden_to_public": 100}}

finding(detector, category, confidence, count) := {
	"detector": detector,
	"category": category,
	"confidence": confidence,
	"count": count,
}

message(findings, kind) := {
	"content": {"findings": findings, "categories": [f.category | some f in findings; f.confidence != "low"], "detectors": [f.detector | some f in findings; f.confidence != "low"]},
	"recipient": {"kind": kind},
}

rules(findings, kind) := ids if {
	ids := {r.rule | some r in personal_data.require} with input as message(findings, kind)
		with data.sealpost.thresholds as thresholds
		with data.sealpost.personal_data as lists
}

lists := {"name_and_number": {"names": ["person-name"], "numbers": ["us-ssn"], "demands": {"business": "hold", "partner": "content"}}}

ibans(count) := [finding("iban", "financial", "medium", count)]

test_one_identifier if {
	rules(ibans(1), "business") == {"identifiers-tls"}
	rules(ibans(1), "partner") == {"identifiers-tls"}
	rules(ibans(1), "public-provider") == {"identifiers-tls", "identifiers-public-provider"}
	rules(ibans(1), "local") == set()
}

test_ten_identifiers if {
	rules(ibans(9), "business") == {"identifiers-tls"}
	rules(ibans(10), "business") == {"identifiers-tls", "identifiers-verified-tls"}
}

test_hundred_identifiers if {
	rules(ibans(100), "business") == {"identifiers-tls", "identifiers-verified-tls"}
	not "identifiers-bulk" in rules(ibans(99), "public-provider")
	"identifiers-bulk" in rules(ibans(100), "public-provider")
}

test_counts_add_up if {
	mixed := [
		finding("iban", "financial", "medium", 4),
		finding("pl-pesel", "personal", "high", 6),
	]
	"identifiers-verified-tls" in rules(mixed, "business")
}

test_what_does_not_count if {
	others := [
		finding("iban", "financial", "low", 50),
		finding("person-name", "personal", "high", 50),
		finding("postal-address", "personal", "high", 50),
		finding("date-of-birth", "personal", "high", 50),
		finding("email-address", "contact", "high", 50),
		finding("icd10", "health", "high", 50),
	]
	rules(others, "public-provider") == set()
	rules([], "public-provider") == set()
}

test_levels if {
	require := personal_data.require with input as message(ibans(100), "public-provider")
		with data.sealpost.thresholds as thresholds
	{r.rule: r.level | some r in require} == {
		"identifiers-tls": "tls",
		"identifiers-verified-tls": "verified-tls",
		"identifiers-public-provider": "content",
		"identifiers-bulk": "forbidden",
	}
}

test_confidential if {
	classes := personal_data.class with input as message(ibans(1), "local") with data.sealpost.thresholds as thresholds
	{c.class | some c in classes} == {"confidential"}
	none := personal_data.class with input as message([], "local") with data.sealpost.thresholds as thresholds
	count(none) == 0
}

test_a_name_with_a_number if {
	ssn := finding("us-ssn", "personal", "high", 1)
	name := finding("person-name", "personal", "medium", 1)
	"name-and-number" in rules([name, ssn], "business")
	"name-and-number" in rules([ssn, name], "partner")
	not "name-and-number" in rules([name, ssn], "local")
	not "name-and-number" in rules([ssn], "business")
	not "name-and-number" in rules([name], "business")
	not "name-and-number" in rules([name, finding("us-ssn", "personal", "low", 1)], "business")
	not "name-and-number" in rules([finding("person-name", "personal", "low", 1), ssn], "business")
	held := {[r.level, r.hold] | some r in personal_data.require; r.rule == "name-and-number"} with input as message([name, ssn], "business")
		with data.sealpost.personal_data as lists
		with data.sealpost.thresholds as thresholds
	held == {["forbidden", true]}
}
