package sealpost.topic.classes_test

import data.sealpost.topic.classes

levels(class, kind) := found if {
	found := {r.level | some r in classes.require} with input as {"recipient": {"kind": kind}}
		with data.sealpost.main.class as class
		with data.sealpost.classes as {"confidential": {"business": "tls"}, "strictly-confidential": {"business": "content"}}
}

test_level_of_the_list if {
	levels("confidential", "business") == {"tls"}
	levels("strictly-confidential", "business") == {"content"}
}

test_what_is_not_listed if {
	levels("confidential", "local") == set()
	levels("public", "business") == set()
}
