package sealpost.topic.default_level_test

import data.sealpost.topic.default_level

test_opportunistic_for_everybody if {
	every kind in ["local", "partner", "public-provider", "business"] {
		{r.level | some r in default_level.require} == {"opportunistic"} with input as {"recipient": {"kind": kind}}
	}
}
