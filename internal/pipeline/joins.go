package pipeline

import (
	"bytes"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"gopkg.in/yaml.v3"
)

// join is a file that has a default network of some project for an external one of its own.
type join struct{ network, display string }

// joins looks through all compose files of the run.
func joins(files []workspace.File) []join {
	var out []join
	for _, f := range files {
		if f.Kind == workspace.Compose {
			for _, network := range externalDefaults(f) {
				out = append(out, join{network, f.Display})
			}
		}
	}
	return out
}

// externalDefaults are the external networks of a file that carry the name of a default
// network. Files without the word are not parsed.
func externalDefaults(f workspace.File) []string {
	root, err := fsx.Open(f.Root)
	if err != nil {
		return nil
	}
	defer root.Close()
	text, err := root.ReadFile(f.Rel, fsx.MaxFile)
	if err != nil || !bytes.Contains(text, []byte("_default")) {
		return nil
	}
	doc, err := compose.Parse(parser.NewSource(f.Display, text))
	if err != nil {
		return nil
	}
	networks := compose.Child(doc.Root, "networks")
	if networks == nil {
		return nil
	}
	var out []string
	for i := 0; i+1 < len(networks.Content); i += 2 {
		name, n := networks.Content[i].Value, networks.Content[i+1]
		external := compose.Child(n, "external")
		if external == nil || external.Value == "false" {
			continue
		}
		for _, holder := range []*yaml.Node{n, external} { // external.name is the old form
			if given := compose.Child(holder, "name"); given != nil {
				name = given.Value
			}
		}
		if strings.HasSuffix(name, "_default") {
			out = append(out, name)
		}
	}
	return out
}

// notInName are the characters that docker compose leaves out of a project's name.
var notInName = regexp.MustCompile(`[^a-z0-9_-]`)

// joined names the file that uses the default network of a project, "" when none does.
func (j *composeJob) joined(p *compose.Project) string {
	if j.joins == nil {
		return ""
	}
	name, _ := p.Model["name"].(string)
	if name == "" || name == "project" {
		name = filepath.Base(path.Join(filepath.ToSlash(j.dir.Top), j.dir.Dir))
	}
	network := notInName.ReplaceAllString(strings.ToLower(name), "") + "_default"
	for _, other := range j.joins() {
		if other.network == network {
			return other.display
		}
	}
	return ""
}

// beside are the compositions of the directory that are projects of their own: what
// docker compose starts there with -f has the same name.
func (j *composeJob) beside(index int) []*compose.Project {
	var out []*compose.Project
	for i, c := range j.compositions {
		if i != index && c.Err == nil && !c.Overlay() {
			out = append(out, c.Project)
		}
	}
	return out
}
