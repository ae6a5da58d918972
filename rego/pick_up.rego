# METADATA
# title: Picking up
# description: |
#   How encrypted content is handed over where the recipient has to come for
#   it: in which order the ways are tried, and until when it can be had, in
#   business days (data.sealpost.pick_up).
# scope: package
package sealpost.topic.pick_up

# METADATA
# title: Time for picking up
# description: The end of the last of so many business days after today.
# custom:
#   id: pick-up
treat_with contains {
	"level": "content",
	"rule": "pick-up",
	"treatments": data.sealpost.pick_up.treatments,
	"params": {way: {"until": input.now.business_days[data.sealpost.pick_up.business_days - 1]} |
		some way in data.sealpost.pick_up.treatments
		way in data.sealpost.pick_up.waiting
	},
} if data.sealpost.pick_up.limited == true
