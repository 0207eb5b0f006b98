package compose

import (
	"errors"
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// complaintPath is a place of the model in front of what compose-go says of it.
var complaintPath = regexp.MustCompile(`^(?:validating \S+: +)?(?:service "([^"]+)"|([a-z_]+(?:\.[^\s:]+)+))`)

// complaint gives what compose-go says of files the place that it is about, as far as it
// tells one.
func complaint(files []*Document, err error) error {
	text, hint := err.Error(), hintRefused
	if errors.Is(err, errBeyond) {
		hint = "run bulkhead where the file is, in the same repository"
	}
	m := complaintPath.FindStringSubmatch(text)
	doc := files[0]
	for _, d := range files {
		if rest, ok := strings.CutPrefix(text, "validating "+d.Source.Name()+":"); ok {
			text, doc = strings.TrimSpace(rest), d
		}
	}
	if m == nil {
		return doc.Source.Errorf(0, hint, "%s", text)
	}
	steps := strings.Split(m[2], ".")
	if m[1] != "" {
		steps = []string{"services", m[1]}
	}
	at := doc.Root
	var place *yaml.Node
	for _, step := range steps {
		key, value := childNode(at, step)
		if value == nil {
			break
		}
		place, at = key, value
	}
	if place == nil {
		return doc.Source.Errorf(0, hint, "%s", text)
	}
	if rest, ok := strings.CutSuffix(text, " false schema"); ok {
		text = "compose knows no " + rest[strings.LastIndexByte(rest, '.')+1:] + " there"
	}
	return doc.Source.Errorf(doc.offset(place), hint, "%s", text)
}

const hintRefused = "docker compose cannot read this file either; mend it first"

// version1 reports whether a file is of the time before there were services: its top
// holds nothing but services.
func version1(d *Document) error {
	if Child(d.Root, "services") != nil || len(d.Root.Content) == 0 {
		return nil
	}
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		v := deref(d.Root.Content[i+1])
		if v.Kind != yaml.MappingNode || value(v, "image") == nil && value(v, "build") == nil {
			return nil
		}
	}
	return version1Error{d.Source.Errorf(0, "put its services below `services:`", "%v", ErrVersion1)}
}

// version1Error is ErrVersion1 with a place.
type version1Error struct{ at *parser.Error }

func (e version1Error) Error() string { return e.at.Error() }

func (e version1Error) Unwrap() error        { return e.at }
func (e version1Error) Is(target error) bool { return target == ErrVersion1 }
