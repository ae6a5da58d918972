package sealpost.topic.unscannable_test

import data.sealpost.topic.unscannable

message(scanned, encrypted, kind) := {
	"content": {"scanned": scanned, "encrypted": encrypted},
	"recipient": {"kind": kind},
}

levels(scanned, encrypted, kind) := found if {
	found := {r.level | some r in unscannable.require} with input as message(scanned, encrypted, kind)
		with data.sealpost.unscannable as {"partial": "tls", "none": "content"}
}

test_level_of_the_list if {
	levels("partial", "", "business") == {"tls"}
	levels("none", "", "partner") == {"content"}
}

test_nothing_where_all_was_read if {
	levels("full", "", "business") == set()
}

test_nothing_for_what_is_encrypted_already if {
	levels("none", "smime", "business") == set()
}

test_not_for_colleagues if {
	levels("none", "", "local") == set()
}
