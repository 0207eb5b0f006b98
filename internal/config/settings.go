package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"gopkg.in/yaml.v3"
)

// FileName is the file in which a project says what it knows of itself.
const FileName = ".bulkhead.yaml"

// maxSettings bounds what is read of it.
const maxSettings = 1 << 20

// Settings are what a project's .bulkhead.yaml says of the compose files in its
// directory and below.
type Settings struct {
	// Observations are evidence of what services need, from a run or from a person.
	Observations []transform.Observation
	// Limits are the project's own, by service; "default" in the file is "" here.
	Limits map[string]transform.Limits

	known *knowledge.Knowledge // nil without additions
}

// LookupService says what is known of an image, the project's own entries first.
func (s *Settings) LookupService(image string) *knowledge.Service {
	if s.known == nil {
		return knowledge.LookupService(image)
	}
	return s.known.Lookup(image)
}

// settingsFile is the file as YAML writes it.
type settingsFile struct {
	Observations []transform.Observation     `yaml:"observations"`
	Limits       map[string]transform.Limits `yaml:"limits"`
	Knowledge    struct {
		Services yaml.Node `yaml:"services"`
	} `yaml:"knowledge"`
}

// Find reads the file that holds for a directory: the nearest one there or above, up to
// the top of the files. Without one the settings are empty. shown is the directory as
// messages name it.
func Find(files fs.FS, dir, shown string) (*Settings, error) {
	for ; ; dir, shown = path.Dir(dir), path.Join(shown, "..") {
		text, err := fs.ReadFile(files, path.Join(dir, FileName))
		if err == nil && len(text) > maxSettings {
			err = fmt.Errorf("is larger than %d KiB", maxSettings>>10)
		}
		switch {
		case err == nil:
			return Parse(path.Join(shown, FileName), text)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", path.Join(shown, FileName), err)
		case dir == ".":
			return &Settings{}, nil
		}
	}
}

// Parse reads the text of a .bulkhead.yaml. Errors name the file and the line.
func Parse(name string, text []byte) (*Settings, error) {
	var f settingsFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%s", name, yamlReason(err))
	}
	s := &Settings{Observations: f.Observations, Limits: map[string]transform.Limits{}}
	for service, l := range f.Limits {
		if service == "default" {
			service = ""
		}
		s.Limits[service] = l
	}
	for i, o := range f.Observations {
		if why := checkObservation(o); why != "" {
			return nil, fmt.Errorf("%s: observation %d: %s", name, i+1, why)
		}
	}
	if f.Knowledge.Services.Kind != 0 {
		added, err := knowledge.ParseServicesNode(&f.Knowledge.Services)
		if at := new(knowledge.LineError); errors.As(err, &at) {
			return nil, fmt.Errorf("%s:%d: %s", name, at.Line, at.Reason)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.known = knowledge.NewKnowledge(added)
	}
	return s, nil
}

// checkObservation says what is wrong with an observation, "" when nothing is.
func checkObservation(o transform.Observation) string {
	kinds := map[transform.ObservationKind]bool{ // with a value?
		transform.ObservedReadOnly: false, transform.ObservedNoCapabilities: false,
		transform.ObservedWrite: true, transform.ObservedCapability: true, transform.ObservedMemory: true, transform.ObservedPIDs: true,
	}
	valued, known := kinds[o.Kind]
	switch {
	case !known:
		var names []string
		for k := range kinds {
			names = append(names, string(k))
		}
		if n := Nearest(string(o.Kind), names); n != "" {
			return fmt.Sprintf("there is no kind %q; did you mean %s?", o.Kind, n)
		}
		return fmt.Sprintf("there is no kind %q", o.Kind)
	case o.Target == "":
		return "target names no service"
	case o.Source == "":
		return "source does not say who saw it"
	case valued && o.Value == "":
		return fmt.Sprintf("%s needs a value", o.Kind)
	}
	return ""
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// unknownField is what yaml.v3 says of a key that is not there.
var unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)

// yamlReason makes yaml.v3's complaint "LINE: what is wrong, what was meant".
func yamlReason(err error) string {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")
	text = strings.TrimSpace(strings.TrimPrefix(text, "unmarshal errors:"))
	line := "1"
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line = m[1]
		text = strings.Replace(text, m[0], "", 1)
	}
	if m := unknownField.FindStringSubmatch(text); m != nil {
		text = fmt.Sprintf("there is no setting %q", m[1])
		if n := Nearest(m[1], settingNames); n != "" {
			text += "; did you mean " + n + "?"
		}
	}
	return line + ": " + text
}

// settingNames are all keys of the file but those of knowledge entries.
var settingNames = []string{"observations", "source", "target", "kind", "value", "reason", "limits", "memory", "pids", "cpus", "knowledge", "services"}
