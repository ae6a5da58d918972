// Package deliver is the wire from the mail server's queue and back: an LMTP
// server that takes marked recipients from Postfix (LMTP), a client that hands
// copies back by SMTP (Injector), and the socketmap server that tells Postfix
// where marks go (Maps).
//
// What a reader must know:
//
//   - The MTA's queue is the only queue. Nothing is kept here; whatever goes
//     wrong is a 4xx for the recipients that it concerns, and the MTA tries
//     again. A 250 is said only after the Treater has said it.
//   - A copy is handed over at most once. The ledger holds one entry for each
//     job, recipient and kind: "intent" before anything is sent, "dot" before
//     the final dot, "done" after the MTA's 250, each on disk before the next
//     step. A later try skips what is done, asks the MTA's log about what is
//     at "dot" (Log), and sends again only what the MTA can't have.
//   - Where the log can't tell, losing is worse than a duplicate: after a
//     while the copy is sent again, loudly.
//   - Once a message has been handed to the Treater it is finished even if the
//     LMTP client goes away: what was done must get into the ledger, where the
//     MTA's next try finds it.
//
// The LMTP server is our own because emersion/go-smtp (v0.25.1) can't do what
// is needed: it refuses XFORWARD, which brings the original client and the
// message's name in the MTA; its data reader swallows the CR of a line that
// begins with a dot and a bare CR, so content isn't byte-exact; over its limit
// it answers 552, which bounces what we want to wait; and it decodes the DSN
// arguments that we pass on unchanged.
package deliver
