package sealpost.topic.inbound_tls_test

import data.sealpost.topic.inbound_tls

lists := {
	"anybody": "opportunistic",
	"from": {"partner.example": "forbidden", "lab.example": "hold"},
	"versions": ["TLSv1.2", "TLSv1.3"],
	"min_bits": 128,
}

demands(direction, domain, client) := found if {
	found := {[r.rule, r.level, r.hold] | some r in inbound_tls.require} with input as {
		"message": {"direction": direction},
		"sender": {"domain": domain, "client": client},
		"recipient": {"kind": "local"},
	}
		with data.sealpost.inbound_tls as lists
}

plain := {"ip": "192.0.2.1"}

encrypted(version, bits) := {"ip": "192.0.2.1", "tls": {"version": version, "bits": bits}}

test_in_clear if {
	demands("inbound", "partner.example", plain) == {["inbound-tls", "forbidden", false]}
	demands("inbound", "lab.example", plain) == {["inbound-tls", "forbidden", true]}
	demands("inbound", "other.example", plain) == {["inbound-tls", "opportunistic", false]}
}

test_weak if {
	demands("inbound", "partner.example", encrypted("TLSv1", 256)) == {["inbound-tls-weak", "forbidden", false]}
	demands("inbound", "partner.example", encrypted("TLSv1.2", 56)) == {["inbound-tls-weak", "forbidden", false]}
}

test_good if {
	demands("inbound", "partner.example", encrypted("TLSv1.2", 128)) == set()
	demands("inbound", "partner.example", encrypted("TLSv1.3", 256)) == set()
}

test_only_from_outside_over_a_network if {
	demands("outbound", "partner.example", plain) == set()
	demands("internal", "partner.example", plain) == set()
	demands("inbound", "partner.example", {"ip": ""}) == set()
}
