package sealpost.topic.partner_tls_test

import data.sealpost.topic.partner_tls

recipient(kind, level) := {"recipient": {"kind": kind, "partner": {"name": "Partner Ltd", "level": level}}}

test_partner_gets_what_was_agreed if {
	partner_tls.require == {{
		"level": "partner-tls",
		"rule": "partner-agreement",
		"reason": "Agreed with the partner Partner Ltd.",
	}} with input as recipient("partner", "partner-tls")
}

test_agreed_with_a_public_provider if {
	{r.level | some r in partner_tls.require} == {"content"} with input as recipient("public-provider", "content")
}

test_others_are_no_partners if {
	count(partner_tls.require) == 0 with input as {"recipient": {"kind": "business"}}
}
