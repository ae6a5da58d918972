package detect

import "bytes"

func emailAddress() detector {
	return detector{
		ID:       "email-address",
		Category: Contact,
		Doc:      "e-mail address with a domain of at least two labels",
		Source:   "RFC 5321 section 4.1.2 (dot-string local parts) and section 4.5.3.1 (lengths)",
		Address:  true,
		Check:    checkAddress,
		Mask:     func([]byte) string { return "•••@•••" },
	}
}

func checkAddress(c *candidate) grade {
	local, domain, _ := bytes.Cut(c.Text, []byte("@"))
	rest := len(bytes.TrimRight(domain, ".-'=+"))
	c.end -= len(domain) - rest
	domain = domain[:rest]
	if len(local) == 0 || len(local) > 64 || local[0] == '.' || local[len(local)-1] == '.' || bytes.Contains(local, []byte("..")) {
		return reject
	}
	labels := bytes.Split(domain, []byte("."))
	if len(labels) < 2 {
		return reject
	}
	for _, l := range labels {
		if len(l) == 0 || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || bytes.ContainsAny(l, "_+'=") {
			return reject
		}
	}
	if top := labels[len(labels)-1]; len(top) < 2 || classes[top[0]] == isDigit {
		return reject
	}
	return proven
}
