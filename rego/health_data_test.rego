package sealpost.topic.health_data_test

import data.sealpost.topic.health_data

lists := {
	"together": "message",
	"sure_is_enough": true,
	"no_identity": ["ip-address"],
	"person": {"partner": "content", "business": "content", "public-provider": "content"},
	"signs": {"business": "verified-tls"},
}

by_document := object.union(lists, {"together": "document", "sure_is_enough": false})

finding(detector, category, confidence, part) := {
	"detector": detector, "category": category, "confidence": confidence, "part": part, "count": 1,
}

sign := finding("icd10", "health", "medium", "1")

sure := finding("icd10", "health", "high", "1")

record := finding("fhir", "health", "medium", "2")

name := finding("person-name", "personal", "medium", "1")

phone_elsewhere := finding("phone-number", "contact", "high", "2")

doubtful_name := finding("person-name", "personal", "low", "1")

ip := finding("ip-address", "contact", "high", "1")

message(findings, kind) := {
	"content": {"findings": findings, "categories": [f.category | some f in findings; f.confidence != "low"], "detectors": [f.detector | some f in findings; f.confidence != "low"]},
	"recipient": {"kind": kind},
}

levels(findings, kind, l) := found if {
	found := {r.level | some r in health_data.require} with input as message(findings, kind)
		with data.sealpost.health_data as l
}

class(findings, l) := found if {
	found := {c.class | some c in health_data.class} with input as message(findings, "local")
		with data.sealpost.health_data as l
}

test_a_person_needs_content_outside if {
	every kind in ["business", "partner", "public-provider"] {
		levels([sign, name], kind, lists) == {"content"}
	}
	levels([sign, name], "local", lists) == set()
}

test_what_makes_a_person if {
	every findings in [[sign, name], [name, sign], [sign, phone_elsewhere], [sure], [record]] {
		class(findings, lists) == {"strictly-confidential"}
	}
}

test_signs_alone if {
	every findings in [[sign], [sign, doubtful_name], [sign, ip]] {
		class(findings, lists) == {"confidential"}
		levels(findings, "business", lists) == {"verified-tls"}
		levels(findings, "partner", lists) == set()
	}
}

test_in_one_document if {
	class([sign, name], by_document) == {"strictly-confidential"}
	class([sign, phone_elsewhere], by_document) == {"confidential"}
	class([sure], by_document) == {"confidential"}
	class([record], by_document) == {"strictly-confidential"}
}

test_what_does_not_count if {
	every findings in [[], [name], [finding("icd10", "health", "low", "1"), name]] {
		class(findings, lists) == set()
		levels(findings, "business", lists) == set()
	}
}
