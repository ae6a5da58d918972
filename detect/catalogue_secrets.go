package detect

// secrets is the detectors of what lets somebody in.
func secrets() []detector {
	return []detector{apiKey(), jwt(), password(), privateKey()}
}
