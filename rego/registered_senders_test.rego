package sealpost.topic.registered_senders_test

import data.sealpost.topic.registered_senders

lists := {
	"required": true,
	"login": true,
	"senders": {"anna@home.example": true},
	"domains": {"lab.example": true},
}

sender(address, login) := {
	"address": address,
	"domain": split(concat("", [address, "@"]), "@")[1],
	"authenticated": login,
	"client": {"ip": "192.0.2.1"},
}

levels(direction, kind, from, l) := found if {
	found := {r.level | some r in registered_senders.require} with input as {
		"message": {"direction": direction},
		"sender": from,
		"recipient": {"kind": kind},
	}
		with data.sealpost.registered_senders as l
}

test_registered if {
	levels("outbound", "business", sender("anna@home.example", "anna"), lists) == set()
	levels("outbound", "business", sender("Anna@home.example", "anna"), lists) == set()
	levels("outbound", "business", sender("bert@lab.example", "bert"), lists) == set()
}

test_not_registered if {
	levels("outbound", "business", sender("carl@home.example", "carl"), lists) == {"forbidden"}
	levels("outbound", "partner", sender("", "carl"), lists) == {"forbidden"}
}

test_an_address_proves_nothing if {
	levels("outbound", "business", sender("anna@home.example", ""), lists) == {"forbidden"}
	levels("outbound", "business", sender("anna@home.example", ""), object.union(lists, {"login": false})) == set()
}

test_notices_of_the_mail_server if {
	notice := object.union(sender("", ""), {"client": {"ip": ""}})
	levels("outbound", "business", notice, lists) == set()
	levels("outbound", "business", sender("", ""), lists) == {"forbidden"}
}

test_only_mail_that_leaves if {
	levels("inbound", "local", sender("carl@other.example", ""), lists) == set()
	levels("outbound", "local", sender("carl@home.example", "carl"), lists) == set()
}

test_off if {
	levels("outbound", "business", sender("carl@home.example", ""), object.union(lists, {"required": false})) == set()
}
