package sealpost.topic.partner_tls_test

import data.sealpost.topic.partner_tls

recipient(kind) := {"recipient": {"kind": kind, "partner": {"name": "Partner Ltd", "level": "partner-tls"}}}

test_partner_gets_what_was_agreed if {
	partner_tls.require == {{
		"level": "partner-tls",
		"rule": "partner-agreement",
		"reason": "Agreed with the partner Partner Ltd.",
	}} with input as recipient("partner")
}

test_public_mail_domain_is_no_partner if {
	count(partner_tls.require) == 0 with input as recipient("public-provider")
}

test_others_are_no_partners if {
	count(partner_tls.require) == 0 with input as {"recipient": {"kind": "business"}}
}
