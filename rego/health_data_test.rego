package sealpost.topic.health_data_test

import data.sealpost.topic.health_data

message(category, confidence, kind) := {
	"content": {"findings": [
		{"category": "contact", "confidence": "high", "detector": "email-address", "count": 1},
		{"category": category, "confidence": confidence, "detector": "icd10", "count": 1},
	]},
	"recipient": {"kind": kind},
}

test_content_for_everybody_outside if {
	every kind in ["business", "partner", "public-provider"] {
		{r.level | some r in health_data.require} == {"content"} with input as message("health", "medium", kind)
	}
}

test_not_for_colleagues if {
	count(health_data.require) == 0 with input as message("health", "high", "local")
}

test_strictly_confidential_for_all if {
	{c.class | some c in health_data.class} == {"strictly-confidential"} with input as message("health", "high", "local")
}

test_doubtful_findings_do_not_count if {
	count(health_data.require) == 0 with input as message("health", "low", "business")
	count(health_data.class) == 0 with input as message("health", "low", "business")
}

test_other_findings_do_not_count if {
	count(health_data.require) == 0 with input as message("financial", "high", "business")
}
