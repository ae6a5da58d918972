package sealpost.topic.secrets_test

import data.sealpost.topic.secrets

message(category, confidence, kind) := {
	"content": {
		"findings": [{"category": category, "confidence": confidence, "detector": "private-key", "count": 1}],
		"categories": [category],
	},
	"recipient": {"kind": kind},
}

lists := {"partner": "verified-tls", "business": "content"}

levels(category, confidence, kind) := found if {
	found := {r.level | some r in secrets.require} with input as message(category, confidence, kind)
		with data.sealpost.secrets as lists
}

test_level_of_the_list if {
	levels("secret", "high", "business") == {"content"}
	levels("secret", "high", "partner") == {"verified-tls"}
	levels("secret", "high", "local") == set()
	{c.class | some c in secrets.class} == {"confidential"} with input as message("secret", "high", "partner")
}

test_doubtful_or_other_findings if {
	levels("secret", "medium", "business") == set()
	levels("health", "high", "business") == set()
	count(secrets.class) == 0 with input as message("health", "high", "business")
}
