package sealpost.seen_test

import data.sealpost.seen

test_side if {
	seen.side == "outside" with input as {"message": {"direction": "inbound"}}
	seen.side == "ours" with input as {"message": {"direction": "outbound"}}
	seen.side == "ours" with input as {"message": {"direction": "internal"}}
}

test_level if {
	seen.level("hold") == "forbidden"
	seen.level("forbidden") == "forbidden"
	seen.level("tls") == "tls"
}
