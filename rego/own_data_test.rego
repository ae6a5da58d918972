package sealpost.topic.own_data_test

import data.sealpost.topic.own_data

lists := {
	"exact-data": {"from": 3, "class": "confidential", "demands": {"business": "tls"}, "reason": "Our customers."},
	"malware": {"from": 1, "class": "public", "demands": {"local": "forbidden", "business": "hold"}, "reason": "Malware."},
}

message(detector, confidence, number, kind) := {
	"content": {
		"findings": [{"detector": detector, "category": "own", "confidence": confidence, "count": number}],
		"categories": [category | category := "own"; confidence != "low"],
	},
	"recipient": {"kind": kind},
}

demands(detector, confidence, number, kind) := found if {
	found := {[r.level, r.hold, r.reason] | some r in own_data.require} with input as message(detector, confidence, number, kind)
		with data.sealpost.own_data as lists
}

test_from_the_listed_number_on if {
	demands("exact-data", "high", 3, "business") == {["tls", false, "Our customers."]}
	demands("exact-data", "high", 2, "business") == set()
	demands("exact-data", "high", 3, "local") == set()
}

test_detectors_of_plugins if {
	demands("malware", "medium", 1, "local") == {["forbidden", false, "Malware."]}
	demands("malware", "medium", 1, "business") == {["forbidden", true, "Malware."]}
}

test_what_is_not_listed_or_doubtful if {
	demands("keyword", "high", 1, "business") == set()
	demands("malware", "low", 1, "local") == set()
}

test_class if {
	{c.class | some c in own_data.class} == {"confidential"} with input as message("exact-data", "high", 3, "local")
		with data.sealpost.own_data as lists
	count(own_data.class) == 0 with input as message("exact-data", "high", 2, "local") with data.sealpost.own_data as lists
}
