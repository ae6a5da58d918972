package sealpost.topic.pick_up_test

import data.sealpost.topic.pick_up

found(limited) := all if {
	all := pick_up.treat_with with input as {"now": {"business_days": ["2026-04-02", "2026-04-07", "2026-04-08"]}}
		with data.sealpost.pick_up as {"limited": limited, "business_days": 2, "treatments": ["pdf", "smime"], "waiting": ["pdf", "portal"]}
}

# Good Friday and Easter Monday lie between.
test_until_the_last_business_day if {
	found(true) == {{
		"level": "content",
		"rule": "pick-up",
		"treatments": ["pdf", "smime"],
		"params": {"pdf": {"until": "2026-04-07"}},
	}}
}

test_without_a_limit if {
	found(false) == set()
}
