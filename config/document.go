package config

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"time"
)

//go:generate go test . -run TestGeneratedFilesAreCurrent -update

//go:embed config.go
var source string

// comments returns what config.go says of each type ("MTA") and field
// ("MTA.Kind"), on one line.
func comments() map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", source, parser.ParseComments)
	if err != nil {
		panic(err) // it was compiled into this program
	}
	m := map[string]string{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			m[t.Name.Name] = oneLine(g.Doc.Text())
			s, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range s.Fields.List {
				for _, n := range f.Names {
					m[t.Name.Name+"."+n.Name] = oneLine(f.Doc.Text())
				}
			}
		}
	}
	return m
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// about is a field's comment with the name that stands in the file instead of
// Go's.
func about(docs map[string]string, t reflect.Type, f reflect.StructField) string {
	doc := docs[t.Name()+"."+f.Name]
	if doc == "" {
		doc = docs[element(f.Type).Name()]
	}
	first, rest, _ := strings.Cut(doc, " ")
	if first == f.Name || first == element(f.Type).Name() {
		return f.Tag.Get("yaml") + " " + rest
	}
	return doc
}

func element(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return t
}

// Example is packaging/sealpost.yaml: every setting with what it means.
// Settings that stand there as comments show their default.
func Example() []byte {
	var b strings.Builder
	b.WriteString("# Sealpost's settings. Made by `go generate ./config`; `sealpost config check` says what is wrong in a changed copy.\n" +
		"# A setting behind a # shows its default.\n")
	example(&b, comments(), reflect.TypeFor[Config](), "")
	return []byte(b.String())
}

// example writes a struct's settings; those that have a default as comments.
func example(b *strings.Builder, docs map[string]string, t reflect.Type, indent string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, tag := f.Tag.Get("yaml"), f.Tag
		if f.Type.Kind() == reflect.Struct || indent == "" {
			b.WriteString("\n")
		}
		for _, line := range wrap(about(docs, t, f), 110-len(indent)) {
			fmt.Fprintf(b, "%s# %s\n", indent, line)
		}
		if e := tag.Get("enum"); e != "" {
			fmt.Fprintf(b, "%s# One of %s.\n", indent, strings.ReplaceAll(e, ",", ", "))
		}
		switch {
		case f.Type.Kind() == reflect.Struct:
			fmt.Fprintf(b, "%s%s:\n", indent, name)
			example(b, docs, f.Type, indent+"  ")
		case f.Type == reflect.TypeFor[[]Plugin]():
			examplePlugins(b, docs, tag.Get("example"))
		case ofStructs(f.Type):
			exampleList(b, docs, f.Type.Elem(), name, indent)
		case f.Type.Kind() == reflect.Slice && tag.Get("example") != "":
			fmt.Fprintf(b, "%s%s:\n%s  - %s\n", indent, name, indent, tag.Get("example"))
		case f.Type.Kind() == reflect.Slice:
			fmt.Fprintf(b, "%s#%s:\n%s#  - %s\n", indent, name, indent, tag.Get("default"))
		case tag.Get("example") != "":
			fmt.Fprintf(b, "%s%s: %s\n", indent, name, tag.Get("example"))
		case f.Type.Kind() == reflect.Map || f.Type.Kind() == reflect.Interface:
			fmt.Fprintf(b, "%s#%s: {}\n", indent, name)
		default:
			fmt.Fprintf(b, "%s#%s: %s\n", indent, name, quoted(tag.Get("default")))
		}
	}
}

// examplePlugins writes the plugins that come with the package; the first
// shows all settings.
func examplePlugins(b *strings.Builder, docs map[string]string, names string) {
	b.WriteString("plugins:\n")
	for i, name := range strings.Split(names, ",") {
		var one strings.Builder
		if i == 0 {
			example(&one, docs, reflect.TypeFor[Plugin](), "    ")
		} else {
			fmt.Fprintf(&one, "    name: %s\n    path: /usr/lib/sealpost/plugins/%s\n", name, name)
		}
		first, rest, _ := strings.Cut(one.String(), "\n    name:")
		if i > 0 {
			b.WriteString("  - " + strings.TrimPrefix(one.String(), "    "))
			continue
		}
		b.WriteString(first + "\n  - name:" + rest)
	}
}

// ofStructs reports whether a setting is a list of sections.
func ofStructs(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct
}

// exampleList writes a list of sections that is empty unless it is set: what
// one entry looks like, as comments.
func exampleList(b *strings.Builder, docs map[string]string, t reflect.Type, name, indent string) {
	var one strings.Builder
	example(&one, docs, t, "")
	fmt.Fprintf(b, "%s#%s:\n", indent, name)
	first := true
	for line := range strings.Lines(one.String()) {
		line = strings.TrimLeft(line, "\n")
		switch {
		case line == "":
		case strings.HasPrefix(line, "#"):
			fmt.Fprintf(b, "%s#    %s", indent, line)
		case first:
			fmt.Fprintf(b, "%s#  - %s", indent, line)
			first = false
		default:
			fmt.Fprintf(b, "%s#    %s", indent, line)
		}
	}
}

func quoted(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// Reference is docs/configuration.md: every setting in a table.
func Reference() []byte {
	var b strings.Builder
	b.WriteString("# Configuration\n\nMade by `go generate ./config` from the comments in `config/config.go`; don't edit this page.\n\n" +
		"The file is `/etc/sealpost/sealpost.yaml`. `sealpost config check` reports everything that is wrong in it at once; " +
		"`sealpost config example` prints one with all settings. Unknown keys are refused. All paths are absolute. " +
		"A changed file is taken over whole on reload (SIGHUP), or not at all.\n\n" +
		"Durations have a unit: `50ms`, `30s`, `4h`, `30d`. Sizes are bytes, or have `KiB`, `MiB` or `GiB`. " +
		"Addresses are `unix:/path` or `tcp:host:port`.\n")
	docs := comments()
	section(&b, docs, reflect.TypeFor[Config](), "", "The top of the file")
	return []byte(b.String())
}

func section(b *strings.Builder, docs map[string]string, t reflect.Type, path, title string) {
	fmt.Fprintf(b, "\n## %s\n\n| setting | meaning | allowed | default |\n|---|---|---|---|\n", title)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type.Kind() == reflect.Struct || ofStructs(f.Type) {
			continue
		}
		def := f.Tag.Get("default")
		switch {
		case f.Tag.Get("required") == "true":
			def = "none: must be set"
		case def != "":
			def = "`" + def + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", join(path, f.Tag.Get("yaml")), about(docs, t, f), allowed(f), def)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		switch {
		case f.Type.Kind() == reflect.Struct:
			section(b, docs, f.Type, join(path, name), "`"+name+"`: "+about(docs, t, f))
		case ofStructs(f.Type):
			section(b, docs, f.Type.Elem(), join(path, name)+"[]", "`"+join(path, name)+"`: "+about(docs, t, f))
		}
	}
}

// allowed is what a setting may be, in words.
func allowed(f reflect.StructField) string {
	if e := f.Tag.Get("enum"); e != "" {
		return "`" + strings.ReplaceAll(e, ",", "`, `") + "`"
	}
	var s string
	switch reflect.New(element(f.Type)).Elem().Interface().(type) {
	case time.Duration:
		s = "duration"
	case Size:
		s = "size"
	case int:
		s = "number"
	case bool:
		s = "`true`, `false`"
	case string:
		s = map[string]string{"path": "absolute path", "unix": "`unix:/path`", "address": "`unix:/path` or `tcp:host:port`", "loopback": "`127.0.0.1:port`, `[::1]:port` or empty",
			"sha256": "64 hexadecimal digits", "name": "lower-case letters, digits, hyphens", "domain": "domain, lower case, ASCII", "timezone": "time zone's name", "bundle": "https address or absolute path", "": "text"}[f.Tag.Get("form")]
	default:
		s = "table"
	}
	if f.Type.Kind() == reflect.Slice {
		s = "list: " + s
	}
	if lo := f.Tag.Get("min"); lo != "" {
		s += ", at least " + lo
	}
	if hi := f.Tag.Get("max"); hi != "" {
		s += ", at most " + hi
	}
	return s
}

func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+w, " ")
	}
	return append(lines, line)
}
