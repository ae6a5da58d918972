package detect

import (
	"bytes"
	"net/netip"
)

func ipAddress() detector {
	return detector{
		ID:       "ip-address",
		Category: Contact,
		Doc:      "IP address, version 4 or 6; low where it is private, reserved or may be a version number",
		Source:   "RFC 791 and RFC 4291 section 2.2 (forms); IANA special-purpose address registries",
		Shapes:   []shape{digits(4, 12)},
		Groups:   4,
		Literals: []string{":"},
		Check:    checkIP,
		Context: words("en: IP, IPs, IP address, IP addresses, IPv4, IPv6, host, server, ping, gateway, DNS, subnet, firewall, router, client, source address, remote address, connected from, logged in from, login from, traceroute, nameserver, whitelist, allowlist, blocked",
			"de: IP-Adresse, IP-Adressen, Adresse, Server, Rechner, Netz, Anmeldung von, zugegriffen", "fr: adresse IP, serveur, passerelle", "nl: IP-adres, netwerk", "pl: adres IP, serwer, bramka", "es: dirección IP, servidor", "it: indirizzo IP", "nordic: IP-adress, IP-adresse, IP-osoite, palvelin"),
		Against: words("en: version, versions, release, v, ver, build, firmware, section, chapter, clause, software, update, patch, driver, revision, paragraph, OID, assembly, upgrade",
			"de: Version, Versionen, Abschnitt, Kapitel, Ziffer, Aktualisierung, Treiber", "fr: version, mise à jour, chapitre", "nl: versie, hoofdstuk", "pl: wersja, wersji, rozdział, aktualizacja", "es: versión, capítulo", "it: versione, capitolo", "nordic: versjon, utgåva, versio, kapitel"),
		Mask: dots,
	}
}

func checkIP(c *candidate) grade {
	if c.Groups == nil {
		return checkIPv6(c)
	}
	if c.Seps != "." || bytes.HasSuffix(c.Before, []byte(".")) || bytes.HasSuffix(c.Before, []byte("-")) || len(c.After) > 1 && c.After[0] == '.' && classes[c.After[1]] == isDigit {
		return reject
	}
	var octets [4]byte
	at := 0
	for i, n := range c.Groups {
		part := c.Text[at : at+int(n)]
		at += int(n)
		if n > 3 || n > 1 && part[0] == '0' || number(part) > 255 {
			return reject
		}
		octets[i] = byte(number(part))
	}
	if octets[0] == 0 || octets[0] > 239 {
		return reject
	}
	return ipGrade(netip.AddrFrom4(octets), octets[0] < 10 || octets[0] < 30 && octets[1] < 30 && octets[2] < 30 && octets[3] < 30)
}

// checkIPv6 reads the address around its first colon.
func checkIPv6(c *candidate) grade {
	if len(c.Text) < 2 || !isHex(c.Text[1]) && c.Text[1] != ':' || bytes.HasSuffix(c.Before, []byte(":")) {
		return reject // not the first colon, or none of an address
	}
	head := c.Before
	for len(head) > 0 && isHex(head[len(head)-1]) {
		head = head[:len(head)-1]
	}
	first := c.Before[len(head):]
	if len(first) > 4 || len(head) > 0 && (classes[head[len(head)-1]] != 0 || head[len(head)-1] == ':') {
		return reject
	}
	n := 0
	for n < len(c.Text) && n < 45 && (isHex(c.Text[n]) || c.Text[n] == ':' || c.Text[n] == '.') {
		n++
	}
	if n < 3 || bytes.Count(c.Text[:n], []byte(":")) < 2 {
		return reject
	}
	text := string(first) + string(bytes.TrimRight(c.Text[:n], ".:"))
	addr, err := netip.ParseAddr(text)
	if err != nil || len(text) < 7 || n < len(c.Text) && classes[c.Text[n]] != 0 {
		return reject
	}
	c.Value, c.end = []byte(addr.String()), n
	return ipGrade(addr, false)
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// ipGrade: addresses that stand for nobody in the world are worth little, and
// so are those that look like a version.
func ipGrade(a netip.Addr, version bool) grade {
	switch {
	case a.IsPrivate(), a.IsLoopback(), a.IsLinkLocalUnicast(), a.IsMulticast(), a.IsUnspecified(), version:
		return named
	}
	return formed
}
