package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const someLabel = "2096f6a2-d2f7-48be-b329-b73aaa526e5d"

// Labels are read from the header field as mail programs write it, folded or
// not, in any case.
func TestParseLabels(t *testing.T) {
	full := fmt.Sprintf("MSIP_Label_%[1]s_Enabled=true; MSIP_Label_%[1]s_SetDate=2024-05-04T10:00:00Z;\r\n MSIP_Label_%[1]s_Method=Privileged; MSIP_Label_%[1]s_Name=Strictly Confidential;\r\n\tMSIP_Label_%[1]s_SiteId=x; MSIP_Label_%[1]s_ContentBits=3;", someLabel)
	other := strings.Replace(someLabel, "2096", "ABCD", 1)
	for name, c := range map[string]struct {
		header string
		want   []Label
	}{
		"full":     {full, []Label{{someLabel, "Strictly Confidential", true, "Privileged"}}},
		"case":     {strings.ToUpper(full), []Label{{someLabel, "STRICTLY CONFIDENTIAL", true, "PRIVILEGED"}}},
		"quotes":   {"MSIP_Label_" + someLabel + "_Name=\"Poufne; x\"", []Label{{someLabel, "Poufne", false, ""}}},
		"disabled": {"MSIP_Label_" + someLabel + "_Enabled=False", []Label{{ID: someLabel}}},
		"number":   {"MSIP_Label_" + someLabel + "_Enabled=1", []Label{{ID: someLabel, Enabled: true}}},
		"blanks":   {" MSIP_Label_" + someLabel + "_Name = Öffentlich ", []Label{{ID: someLabel, Name: "Öffentlich"}}},
		"two": {"MSIP_Label_" + someLabel + "_Name=A; MSIP_Label_" + other + "_Name=B; MSIP_Label_" + someLabel + "_Enabled=true",
			[]Label{{someLabel, "A", true, ""}, {strings.ToLower(other), "B", false, ""}}},
		"empty":      {"", nil},
		"no GUID":    {"MSIP_Label_Name=A; MSIP_Label_2096f6a2_Name=B", nil},
		"wrong GUID": {"MSIP_Label_" + strings.Replace(someLabel, "-", "x", 1) + "_Name=A", nil},
		"no value":   {"MSIP_Label_" + someLabel + "_Name", nil},
		"no name":    {"MSIP_Label_" + someLabel + "_=A", nil},
		"something":  {"a=b; =; ;;;=MSIP_Label_", nil},
	} {
		if diff := cmp.Diff(c.want, ParseLabels(c.header)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A header of any length gives a bounded answer.
func TestParseLabelsIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "MSIP_Label_%08x-0000-0000-0000-000000000000_Name=%s; ", i, strings.Repeat("ü", 200))
	}
	got := ParseLabels(b.String())
	if len(got) != maxLabels {
		t.Errorf("%d labels", len(got))
	}
	for _, l := range got {
		if len(l.Name) > maxLabelName {
			t.Errorf("a name of %d bytes", len(l.Name))
		}
	}
}

func FuzzParseLabels(f *testing.F) {
	f.Add("MSIP_Label_" + someLabel + "_Name=A; MSIP_Label_" + someLabel + "_Enabled=true")
	f.Add("MSIP_Label__Name=;=;\r\n")
	f.Fuzz(func(t *testing.T, header string) {
		got := ParseLabels(header)
		if len(got) > maxLabels {
			t.Errorf("%d labels", len(got))
		}
		for _, l := range got {
			if len(l.ID) != 36 || len(l.Name) > maxLabelName || len(l.Method) > maxLabelName {
				t.Errorf("%+v", l)
			}
		}
	})
}
