package sealpost.topic.ambiguous_mime_test

import data.sealpost.topic.ambiguous_mime

lists := {
	"codes": {"smuggled-mail": "smuggled", "bad-base64": "encoding"},
	"demands": {
		"smuggled": {"ours": {"business": "forbidden"}, "outside": {"local": "hold"}},
		"encoding": {"ours": {"business": "tls"}},
		"other": {"ours": {"business": "verified-tls"}},
	},
}

demands(ambiguous, codes, direction, kind) := found if {
	found := {[r.level, r.hold] | some r in ambiguous_mime.require} with input as {
		"message": {"direction": direction},
		"content": {"ambiguous": ambiguous, "problems": codes},
		"recipient": {"kind": kind},
	}
		with data.sealpost.ambiguous_mime as lists
}

test_by_class_and_side if {
	demands(true, ["bad-base64"], "outbound", "business") == {["tls", false]}
	demands(true, ["bad-base64"], "inbound", "local") == set()
	demands(true, ["smuggled-mail"], "inbound", "local") == {["forbidden", true]}
	demands(true, ["smuggled-mail", "bad-base64"], "outbound", "business") == {["forbidden", false], ["tls", false]}
}

test_without_a_known_code if {
	demands(true, ["bare-lf"], "outbound", "business") == {["verified-tls", false]}
	demands(true, [], "outbound", "business") == {["verified-tls", false]}
}

test_nothing_for_the_rest if {
	demands(false, ["bare-lf"], "outbound", "business") == set()
	demands(true, ["bad-base64"], "outbound", "local") == set()
}
