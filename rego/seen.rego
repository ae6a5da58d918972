# METADATA
# title: What was seen
# description: |
#   What several topics ask about a message. It is no topic: it demands nothing.
# scope: package
package sealpost.seen

# Whose message it is: in lists, demands on what others send us stand under
# "outside", those on all other mail under "ours".
default side := "ours"

side := "outside" if input.message.direction == "inbound"

# Lists may say "hold" where they may say a level: the copy doesn't leave until
# somebody releases it.
level("hold") := "forbidden"

level(demand) := demand if demand != "hold"
