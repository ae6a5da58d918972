package sealpost.topic.labels_test

import data.sealpost.topic.labels

lists := {
	"vertraulich": {"class": "confidential"},
	"geheim": {"class": "strictly-confidential", "demands": {"business": "content", "partner": "hold"}},
	"nur mit tls": {"demands": {"business": "tls"}},
}

message(all, kind) := {"message": {"labels": all}, "recipient": {"kind": kind}}

demands(all, kind) := found if {
	found := {[r.level, r.hold] | some r in labels.require} with input as message(all, kind) with data.sealpost.labels as lists
}

class(all) := found if {
	found := {c.class | some c in labels.class} with input as message(all, "local") with data.sealpost.labels as lists
}

test_class_of_the_label if {
	class(["Vertraulich"]) == {"confidential"}
	class([" VERTRAULICH "]) == {"confidential"}
	class(["Geheim", "vertraulich"]) == {"confidential", "strictly-confidential"}
	class(["nur mit TLS"]) == set()
}

test_demand_of_the_label if {
	demands(["Geheim"], "business") == {["content", false]}
	demands(["Geheim"], "partner") == {["forbidden", true]}
	demands(["Geheim"], "local") == set()
	demands(["Nur mit TLS"], "business") == {["tls", false]}
}

test_other_labels if {
	class(["Nicht vertraulich"]) == set()
	class([]) == set()
	demands(["Vertraulich"], "business") == set()
	demands([], "business") == set()
}
