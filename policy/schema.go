package policy

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

//go:generate go test . -run "TestReference|TestSchemas" -update

// InputSchema is the JSON Schema of the input document, made from the Go
// structs. The load check refuses a policy that reads anything else.
func InputSchema(v Vocabulary) map[string]any {
	s := v.all().schema(reflect.TypeFor[Input]())
	s["$schema"] = schemaDialect
	s["title"] = "Sealpost policy input"
	return s
}

// AnswerSchema is the JSON Schema of what data.sealpost.main.decision answers
// for one recipient.
//
// It stands in an allOf because stock opa merges all JSON files of a folder
// into one document, and two schemas with the same keys would clash.
func AnswerSchema(v Vocabulary) map[string]any {
	return map[string]any{"allOf": []any{v.all().schema(reflect.TypeFor[answer]())}}
}

const schemaDialect = "http://json-schema.org/draft-07/schema#"

// schema is the schema of a Go type by its json tags. Every object is closed,
// so that a misspelt field is a mistake.
func (v vocabulary) schema(t reflect.Type) map[string]any {
	switch {
	case t == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return v.schema(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": v.schema(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Struct:
		return v.structSchema(t)
	}
	return map[string]any{"type": "string"}
}

func (v vocabulary) structSchema(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []any{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, omitEmpty := jsonField(f)
		p := v.schema(f.Type)
		if words := v.enum(f); words != nil {
			list := []any{}
			for _, w := range slices.Sorted(slices.Values(words)) {
				list = append(list, w)
			}
			if items, isList := p["items"].(map[string]any); isList {
				items["enum"] = list
			} else {
				p["enum"] = list
			}
		}
		properties[name] = p
		if !omitEmpty {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

// schemaFile is a schema as it is committed in rego/schema.
func schemaFile(schema map[string]any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(schema)
	return b.Bytes(), err
}
