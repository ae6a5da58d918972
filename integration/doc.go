// Package integration is the rig in which Sealpost is tried against real mail
// servers: a private Postfix as the organisation's gateway, a name server, a
// certificate authority, and one recording mail server ("sink") for every
// other organisation, all on one machine.
//
// Everything lives in a network namespace of its own with its own loopback
// addresses and resolver, so the ports 25 and 53 are free and the machine's own
// mail set-up is neither used nor changed. Enclose makes the namespace, runs
// the program inside it a second time, and takes everything away at the end:
// processes, namespace and folder, also those of earlier runs that died.
//
// The package is used by the tests beside it and by the programs below it
// (demo). It is no part of the daemon.
package integration
