package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/plugins/sdktest"
)

// program finds a tool that the tests need.
func program(t *testing.T, name, packages string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s isn't installed; as root: apt-get install --no-install-recommends %s", name, packages)
	}
	return path
}

func inspect(t *testing.T, settings, mediaType string, content []byte) sdk.Inspection {
	t.Helper()
	program(t, "tesseract", "tesseract-ocr")
	conn := sdktest.Start(t, &inspector{}, settings)
	got, err := conn.Inspect(t.Context(), sdk.Part{Job: "id", Path: "1", Type: mediaType, Size: int64(len(content))}, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A scanned PDF: pages that are one picture each. It is made of a PDF with
// text, by strangers' tools.
func scannedPDF(t *testing.T, pages ...string) []byte {
	t.Helper()
	var plain bytes.Buffer
	var offsets []int
	object := func(text string) {
		offsets = append(offsets, plain.Len())
		fmt.Fprintf(&plain, "%d 0 obj\n%s\nendobj\n", len(offsets), text)
	}
	plain.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(pages)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, text := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 100] /Contents %d 0 R /Resources << /Font << /F 3 0 R >> >> >>", 5+2*i))
		stream := fmt.Sprintf("BT /F 18 Tf 20 50 Td (%s) Tj ET", text)
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream))
	}
	xref := plain.Len()
	fmt.Fprintf(&plain, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&plain, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&plain, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, xref)
	return plain.Bytes()
}

// picture is a page as a PNG file.
func picture(t *testing.T, text string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.pdf"), scannedPDF(t, text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t, "pdftoppm", "poppler-utils"), "-png", "-r", "200", "-singlefile", "a.pdf", "a")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The text in a picture, and on pages that are pictures, is read.
func TestReads(t *testing.T) {
	got := inspect(t, "", "image/png", picture(t, "PESEL 44051401359"))
	if got.Scanned != "full" || !strings.Contains(got.Text, "44051401359") {
		t.Errorf("got %+v", got)
	}
	got = inspect(t, "", "application/pdf", scannedPDF(t, "first page 4111", "IBAN DE89370400440532013000"))
	if got.Scanned != "full" || !strings.Contains(strings.ReplaceAll(got.Text, " ", ""), "DE89370400440532013000") || !strings.Contains(got.Text, "4111") {
		t.Errorf("got %+v", got)
	}
}

// What there was no room or time for, or what is no picture, is never read.
func TestSaysWhatItDidNotRead(t *testing.T) {
	for name, c := range map[string]struct {
		settings, mediaType string
		content             []byte
		scanned, problem    string
	}{
		"too many pages": {`{"pages": 1}`, "application/pdf", scannedPDF(t, "one", "two"), "partial", "ocr-too-many-pages"},
		"too large":      {`{"max_size": 10}`, "image/png", picture(t, "text"), "none", "ocr-too-large"},
		"no picture":     {"", "image/png", []byte("not a picture"), "none", "ocr-failed"},
		"no PDF":         {"", "application/pdf", []byte("not a PDF file"), "none", "ocr-failed"},
		"no time":        {`{"seconds": 1, "tesseract": "` + slow(t) + `"}`, "image/png", []byte("x"), "none", "ocr-time"},
	} {
		t.Run(name, func(t *testing.T) {
			got := inspect(t, c.settings, c.mediaType, c.content)
			if got.Scanned != c.scanned || len(got.Problems) != 1 || got.Problems[0] != c.problem {
				t.Errorf("got %s %v, want %s %s", got.Scanned, got.Problems, c.scanned, c.problem)
			}
		})
	}
}

// slow is a program in tesseract's place that never ends its work.
func slow(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "slow")
	script := "#!/bin/sh\n[ \"$1\" = --list-langs ] && echo eng && exit\nsleep 100\n"
	if err := os.WriteFile(file, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// Nothing of a part stays on the machine.
func TestLeavesNothingBehind(t *testing.T) {
	scratch := t.TempDir()
	inspect(t, fmt.Sprintf(`{"scratch": %q}`, scratch), "image/png", picture(t, "text"))
	if left, err := os.ReadDir(scratch); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestSettings(t *testing.T) {
	program(t, "tesseract", "tesseract-ocr")
	for settings, want := range map[string]string{
		`{"languages": ["xyz"]}`: "languages", `{"languages": []}`: "languages", `{"tesseract": "/none"}`: "tesseract",
		`{"pdftoppm": "/none"}`: "pdftoppm", `{"pages": 0}`: "pages", `{"seconds": 0}`: "seconds", `{"max_size": 0}`: "max_size",
		`{"scratch": "/none"}`: "scratch", `{"oops": 1}`: "oops",
	} {
		if got := sdktest.Diagnostics(t, &inspector{}, settings); len(got) != 1 || got[0].Path != want {
			t.Errorf("%s: got %v, want one about %s", settings, got, want)
		}
	}
}
