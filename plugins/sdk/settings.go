package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// DecodeSettings reads settings into a struct with json tags and says all that
// is wrong with them at once: unknown keys, wrong types. Missing keys leave
// what stood in the struct, so defaults can be set before. With diagnostics,
// into may be half filled and must not be used. No settings are an empty
// object.
func DecodeSettings(settings json.RawMessage, into any) []Diagnostic {
	if len(bytes.TrimSpace(settings)) == 0 || string(bytes.TrimSpace(settings)) == "null" {
		return nil
	}
	if !json.Valid(settings) {
		err := json.Unmarshal(settings, new(any))
		d := Diagnostic{Text: fmt.Sprintf("the settings aren't JSON: %v", err)}
		if s, ok := err.(*json.SyntaxError); ok {
			d.Line = 1 + bytes.Count(settings[:min(int(s.Offset), len(settings))], []byte{'\n'})
		}
		return []Diagnostic{d}
	}
	found := mistakes(settings, reflect.TypeOf(into).Elem(), "")
	if len(found) == 0 {
		if err := json.Unmarshal(settings, into); err != nil {
			found = append(found, Diagnostic{Text: err.Error()})
		}
	}
	return found
}

// mistakes walks JSON and the type that it is meant for side by side.
func mistakes(raw json.RawMessage, t reflect.Type, path string) (found []Diagnostic) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	wrong := func(want string) []Diagnostic {
		return []Diagnostic{{Path: path, Text: fmt.Sprintf("read %s, want %s", short(raw), want)}}
	}
	_, own := reflect.New(t).Interface().(json.Unmarshaler)
	switch {
	case own:
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil || object == nil {
			return wrong("an object")
		}
		for _, key := range sortedKeys(object) {
			elem := t
			if t.Kind() == reflect.Map {
				elem = t.Elem()
			} else if elem = field(t, key); elem == nil {
				found = append(found, Diagnostic{Path: join(path, key), Text: "not known; allowed: " + strings.Join(fields(t), ", ")})
				continue
			}
			found = append(found, mistakes(object[key], elem, join(path, key))...)
		}
		return found
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return wrong("a list")
		}
		for i, e := range list {
			found = append(found, mistakes(e, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
		}
		return found
	}
	if json.Unmarshal(raw, reflect.New(t).Interface()) != nil {
		return wrong(t.String())
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func short(raw json.RawMessage) string {
	if s := string(raw); len(s) <= 40 {
		return s
	}
	return string(raw[:40]) + "…"
}

// fields are the names that JSON has for a struct's fields, those of embedded
// structs among them.
func fields(t reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous {
			names = append(names, jsonName(f))
		}
	}
	return names
}

func field(t reflect.Type, key string) reflect.Type {
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous && jsonName(f) == key && key != "" && key != "-" {
			return f.Type
		}
	}
	return nil
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func sortedKeys(m map[string]json.RawMessage) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
