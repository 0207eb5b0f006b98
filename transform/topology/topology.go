// Package topology finds out who talks to whom in a compose project: one file for each
// source of connections. What it cannot know it says, so that nobody takes "no edge was
// seen" for "there is none".
package topology

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// Map is what was found.
type Map struct {
	Members []*Member // in the order of the project
	Edges   []*transform.GraphEdge

	files  fs.FS
	dotenv map[string]string
	scan   *scanner
	byName map[string]*Member
	edges  map[[2]string]*transform.GraphEdge
	linked map[[2]*Member]bool // by the networks that they are in, both ways
}

// Member is a service.
type Member struct {
	Pass *transform.ServicePass
	Name string
	// Names are what others reach it by: its name, container_name, hostname, aliases.
	Names []string
	// Host is the member in whose network it is (network_mode: service:x), itself else.
	Host *Member
	// Open says why it may talk to more than its edges show; empty when they are all.
	Open []string

	store bool
	files []*file
	links map[string]string // names that it alone has for others → service
}

// Of looks at all services of a project that run, each in all of its compositions. A data
// store, as store has it, connects to nobody but those that it names.
func Of(passes []*transform.ServicePass, files fs.FS, store func(*transform.ServicePass) bool) *Map {
	m := &Map{files: files, scan: newScanner(files), byName: map[string]*Member{}, edges: map[[2]string]*transform.GraphEdge{}, linked: map[[2]*Member]bool{}}
	m.dotenv = m.readDotenv()
	for _, p := range passes {
		m.Members = append(m.Members, &Member{Pass: p, Name: p.Service.Name, Names: namesOf(p), store: store(p), links: map[string]string{}})
	}
	for _, x := range m.Members {
		m.byName[x.Name] = x
	}
	for _, x := range m.Members {
		x.Host = x
		if name, ok := strings.CutPrefix(x.Pass.Service.Text("network_mode"), "service:"); ok && m.Member(name) != nil {
			x.Host = m.Member(name)
		}
	}
	for _, x := range m.Members {
		for _, find := range []func(*Map, *Member){dependencies, links, environment, environmentFiles, commands, labels, inlineConfigs, mounts, buildContext, sockets} {
			find(m, x)
		}
	}
	for _, e := range m.Edges {
		if from, to := m.Member(e.From), m.Member(e.To); from != nil && to != nil {
			m.linked[[2]*Member{from.Host, to.Host}], m.linked[[2]*Member{to.Host, from.Host}] = true, true
		}
	}
	return m
}

// Member finds a service, nil when it does not run.
func (m *Map) Member(name string) *Member { return m.byName[name] }

// edge notes that a service names another one at a place.
func (m *Map) edge(from *Member, to string, certain bool, place string) {
	if to == from.Name {
		return
	}
	key := [2]string{from.Name, to}
	e := m.edges[key]
	switch {
	case e == nil:
		e = &transform.GraphEdge{From: from.Name, To: to, Certain: certain, Evidence: []string{place}}
		m.edges[key], m.Edges = e, append(m.Edges, e)
	case certain && !e.Certain:
		e.Certain, e.Evidence = true, []string{place}
	case certain == e.Certain && len(e.Evidence) < maxEvidence && !slices.Contains(e.Evidence, place):
		e.Evidence = append(e.Evidence, place)
	}
}

// maxEvidence is how many places of an edge are kept: a reader needs one.
const maxEvidence = 3

// open notes why a service may talk to more than its edges show.
func (x *Member) open(why string) {
	if !slices.Contains(x.Open, why) {
		x.Open = append(x.Open, why)
	}
}

// Linked reports whether one of two services names the other, surely or perhaps. Services
// in one network are taken for one.
func (m *Map) Linked(a, b *Member) bool { return m.linked[[2]*Member{a.Host, b.Host}] }

// File is a text of the project that a service is given.
type File struct{ Name, Text string }

// Files are the texts that a service mounts or that its image copies.
func (m *Map) Files(x *Member) []File {
	var out []File
	for _, f := range x.files {
		out = append(out, File{local(f.name), f.text})
	}
	return out
}

// EdgesOf are the connections of a service, in the order in which they were found.
func (m *Map) EdgesOf(x *Member) []*transform.GraphEdge {
	var out []*transform.GraphEdge
	for _, e := range m.Edges {
		if e.From == x.Name {
			out = append(out, e)
		}
	}
	return out
}
