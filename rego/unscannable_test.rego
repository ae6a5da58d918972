package sealpost.topic.unscannable_test

import data.sealpost.topic.unscannable

problems := {
	"codes": {"encrypted": "encrypted", "broken": "damaged", "malware-scan-unavailable": "not-scanned"},
	"demands": {
		"encrypted": {"ours": {"business": "content"}},
		"damaged": {"ours": {"business": "tls"}, "outside": {"local": "hold"}},
		"not-scanned": {"outside": {"local": "forbidden"}},
		"other": {"ours": {"business": "hold"}},
	},
	"harmless": ["bare-lf"],
}

message(scanned, encrypted, codes, direction, kind) := {
	"message": {"direction": direction},
	"content": {"scanned": scanned, "encrypted": encrypted, "problems": codes},
	"recipient": {"kind": kind},
}

demands(m) := found if {
	found := {[r.rule, r.level, object.get(r, "hold", false)] | some r in unscannable.require} with input as m
		with data.sealpost.unscannable as {"partial": "tls", "none": "content"}
		with data.sealpost.problems as problems
		with data.sealpost.ambiguous_mime as {"codes": {"bad-base64": "encoding"}}
}

levels(scanned, encrypted, kind) := {d[1] | some d in demands(message(scanned, encrypted, [], "outbound", kind))}

of_problems(codes, direction, kind) := {[d[1], d[2]] |
	some d in demands(message("full", "", codes, direction, kind))
	d[0] == "unscannable-problem"
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

test_problems_by_class_and_side if {
	of_problems(["broken"], "outbound", "business") == {["tls", false]}
	of_problems(["broken"], "inbound", "business") == set()
	of_problems(["broken"], "inbound", "local") == {["forbidden", true]}
	of_problems(["malware-scan-unavailable"], "inbound", "local") == {["forbidden", false]}
	of_problems(["malware-scan-unavailable"], "internal", "local") == set()
	of_problems(["broken", "encrypted"], "outbound", "business") == {["tls", false], ["content", false]}
}

test_unknown_codes_are_of_class_other if {
	of_problems(["of-a-new-plugin"], "outbound", "business") == {["forbidden", true]}
}

test_codes_that_hide_nothing_here if {
	of_problems(["bare-lf", "bad-base64"], "outbound", "business") == set()
	of_problems([], "outbound", "business") == set()
}

test_encrypted_content_excuses_itself_only if {
	demands(message("none", "smime", ["encrypted"], "outbound", "business")) == set()
	demands(message("none", "pdf", ["encrypted", "broken"], "outbound", "business")) == {["unscannable-problem", "tls", false]}
}
