package policy

import (
	"bytes"
	"context"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const partnerTable = "domain,name,level,route,match,min_bits\n" +
	"partner.example,Partner Ltd,partner-tls,[mx.partner.example]:25,mx1.partner.example mx2.partner.example,256\n" +
	"\"Lab.example\",\"Laboratory, north\",content,,,\n"

// A table of partners is what the same list in YAML is, in a folder and in a
// bundle.
func TestPartnersCSV(t *testing.T) {
	s := newShipped(t).untested()
	delete(s.data, "organisation.yaml")
	s.data[partnersCSV] = &fstest.MapFile{Data: []byte(partnerTable)}
	got := build(t, s.source())
	delete(s.data, partnersCSV)
	s.data["p.yaml"] = &fstest.MapFile{Data: []byte("partners:\n  partner.example: {name: Partner Ltd, level: partner-tls, route: \"[mx.partner.example]:25\", match: [mx1.partner.example, mx2.partner.example], min_bits: 256}\n  lab.example: {name: \"Laboratory, north\", level: content}\n")}
	want := build(t, s.source())
	if diff := cmp.Diff(want.lists.partners, got.lists.partners); diff != "" {
		t.Error(diff)
	}
	if got.Revision() != want.Revision() {
		t.Error("another revision")
	}
	delete(s.data, "p.yaml")
	s.data[partnersCSV] = &fstest.MapFile{Data: []byte(partnerTable)}
	key := newPair(t)
	k, err := newBundleKey(keyID, key.public)
	if err != nil {
		t.Fatal(err)
	}
	o, err := k.open(signed(t, s, key, keyID))
	if err != nil {
		t.Fatal(err)
	}
	o.source.LocalDomains = []string{"home.example"}
	if b, err := Build(context.Background(), o.source, patientOptions); err != nil || b.Revision() != want.Revision() {
		t.Errorf("in a bundle: %v", err)
	}
}

func TestPartnersCSVMistakes(t *testing.T) {
	for table, want := range map[string]string{
		"":                                 "data/partners.csv:1: not CSV: EOF",
		"domain,nam\n":                     `data/partners.csv:1: a partner has no "nam" (did you mean "name"? allowed: ca_file, contact, domain, level, match, min_bits, name, route, since)`,
		"name,level\n":                     "data/partners.csv:1: one column is called domain",
		"domain,name,level\na.example,A\n": "data/partners.csv:2:1: not CSV: wrong number of fields",
		"domain,name,level\n*.x.example,A,tls\nb.example,B,tsl\nb.example,B,tls\nc.example,,tls\n": `data/partners.csv:2:1: "*.x.example" isn't a mail domain (did you mean "x.example"?)
data/partners.csv:3:13: level "tsl" isn't known here (did you mean "tls"? allowed: content, forbidden, partner-tls, tls, verified-tls)
data/partners.csv:4:1: b.example is in partners already, line 3
data/partners.csv:5:1: partner c.example has no name`,
		partnerTable + "d.example,D,tls,,,many\n": "data/partners.csv:4:19: min_bits is a whole number from 128 to 512",
	} {
		s := newShipped(t).untested()
		delete(s.data, "organisation.yaml")
		s.data[partnersCSV] = &fstest.MapFile{Data: []byte(table)}
		_, err := load(s.source(), Vocabulary{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// Any bytes are a table or a mistake.
func FuzzPartnersCSV(f *testing.F) {
	f.Add([]byte(partnerTable))
	f.Add([]byte("domain,name,level\n\"a\nb\",,\n"))
	f.Add([]byte("\ufeffdomain,name\r\nx,y"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var mistakes Mistakes
		n := readData(partnersCSV, content, nil, &mistakes)
		if n == nil && len(mistakes) == 0 {
			t.Fatal("neither a table nor a mistake")
		}
		if n != nil && bytes.Count(content, []byte("\n"))+1 < len(n.fields[0].value.fields) {
			t.Fatal("more partners than lines")
		}
	})
}
