package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// SchemaURL is where editors find the schema of .bulkhead.yaml.
const SchemaURL = "https://raw.githubusercontent.com/bulkhead-dev/bulkhead/main/docs/bulkhead.schema.json"

// Schema is the JSON Schema of .bulkhead.yaml, made of the types that it is read into.
func Schema(rules []*transform.Rule) ([]byte, error) {
	g := &generator{rules: rules, definitions: map[string]any{}}
	s := g.object(reflect.TypeFor[settingsFile]())
	s["$schema"] = "http://json-schema.org/draft-07/schema#" // what editors of YAML read
	s["$id"] = SchemaURL
	s["title"] = FileName
	s["description"] = "How Bulkhead treats a project, and what the project knows of itself."
	s["definitions"] = g.definitions
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(s)
	return out.Bytes(), err
}

// generator writes schemas of types.
type generator struct {
	rules       []*transform.Rule
	definitions map[string]any // the types of knowledge by name, which occur in each other
}

// of is the schema of a value.
func (g *generator) of(t reflect.Type, tag reflect.StructTag) map[string]any {
	switch t {
	case reflect.TypeFor[Switch]():
		return map[string]any{"enum": []any{"on", "off", true, false}}
	case reflect.TypeFor[globs]():
		word := map[string]any{"type": "string", "minLength": 1}
		return map[string]any{"oneOf": []any{word, map[string]any{"type": "array", "items": word, "minItems": 1}}}
	case reflect.TypeFor[map[string]Switch]():
		return g.switches()
	case reflect.TypeFor[entries]():
		return g.of(reflect.TypeFor[known](), "")
	}
	if all := words(t); all != nil {
		return map[string]any{"enum": all}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem(), tag)
	case reflect.Struct:
		if t.PkgPath() == reflect.TypeFor[settingsFile]().PkgPath() {
			return g.object(t)
		}
		if _, there := g.definitions[t.Name()]; !there {
			g.definitions[t.Name()] = nil // it may occur in itself
			g.definitions[t.Name()] = g.object(t)
		}
		return map[string]any{"$ref": "#/definitions/" + t.Name()}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": g.of(t.Elem(), "")}
	case reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": g.of(t.Elem(), "")}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		s := map[string]any{"type": "integer"}
		if least, err := strconv.Atoi(tag.Get("min")); err == nil {
			s["minimum"], s["maximum"] = least, 1<<31-1
		}
		return s
	}
	s := map[string]any{"type": []string{"string", "number"}} // a word may look like a number
	if pattern := tag.Get("pattern"); pattern != "" {
		s["pattern"] = pattern
	}
	return s
}

// object is the schema of a struct: no other keys.
func (g *generator) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	var required []string
	for _, f := range fields(t) {
		s := g.of(f.Type, f.Tag)
		if doc := f.Tag.Get("doc"); doc != "" {
			s["description"] = doc
		}
		properties[f.name] = s
		if f.Tag.Get("required") != "" {
			required = append(required, f.name)
		}
	}
	s := map[string]any{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	if required != nil {
		s["required"] = required
		s["type"] = "object"
	}
	return s
}

// switches names every rule with what it does.
func (g *generator) switches() map[string]any {
	properties := map[string]any{}
	for _, r := range g.rules {
		s := g.of(reflect.TypeFor[Switch](), "")
		s["description"] = fmt.Sprintf("%s (%s)", r.Title, r.Safety)
		properties[r.ID] = s
	}
	return map[string]any{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
}
