// Package fault marks the points at which tests kill, freeze or break
// Sealpost. In an ordinary build both functions do nothing and are compiled
// away; with the build tag "faults" they do what SEALPOST_FAULTS says.
package fault
