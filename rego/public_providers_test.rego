package sealpost.topic.public_providers_test

import data.sealpost.topic.public_providers

levels(kind, class) := found if {
	found := {r.level | some r in public_providers.require} with input as {"recipient": {"kind": kind}}
		with data.sealpost.main.class as class
}

test_confidential_needs_content if {
	levels("public-provider", "confidential") == {"content"}
	levels("public-provider", "strictly-confidential") == {"content"}
}

test_the_rest_needs_nothing if {
	levels("public-provider", "public") == set()
	levels("public-provider", "internal") == set()
}

test_other_recipients if {
	levels("business", "confidential") == set()
}
