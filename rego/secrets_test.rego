package sealpost.topic.secrets_test

import data.sealpost.topic.secrets

message(category, confidence, kind) := {
	"content": {"findings": [{"category": category, "confidence": confidence, "detector": "private-key", "count": 1}]},
	"recipient": {"kind": kind},
}

test_content_outside if {
	{r.level | some r in secrets.require} == {"content"} with input as message("secret", "high", "partner")
	{c.class | some c in secrets.class} == {"confidential"} with input as message("secret", "high", "partner")
}

test_not_for_colleagues if {
	count(secrets.require) == 0 with input as message("secret", "high", "local")
}

test_doubtful_or_other_findings if {
	count(secrets.require) == 0 with input as message("secret", "medium", "business")
	count(secrets.require) == 0 with input as message("health", "high", "business")
	count(secrets.class) == 0 with input as message("health", "high", "business")
}
