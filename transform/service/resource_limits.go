package service

import (
	"slices"
	"strconv"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var (
	reasonUnlimited   = transform.Reason{Code: "unlimited", Text: "the file says on purpose that there is no limit."}
	reasonMixedStyles = transform.Reason{Code: "mixed-styles", Text: "one composition has limits at the service and another one in `deploy`: compose refuses both together unless they are equal."}
)

var resourceLimits = &transform.Rule{
	ID:     "resource-limits",
	Title:  "Memory and processes of a service are limited",
	Safety: transform.Guarded,
	Doc: `Without limits one service can take all memory and all process numbers of the host, and with them every other service down.

The figures are generous: four times what was measured of the image or of its class, never below what its documentation asks for, never below the heap or
the buffers that its settings name (` + "`-Xmx`, `innodb_buffer_pool_size`, `shared_buffers`" + ` …) and half as much again, plus what its tmpfs entries can hold. They
stop a runaway, they do not tune. The project's own policy (` + "`limits`" + ` in .bulkhead.yaml) and observations win. Where nothing was measured of the class, where data is
kept in memory, and for images that are built here, the figures are a judgement, held back below ` + "`--level strict`" + `. So is a limit of the
processor, which is never given to data stores and never above one: a container with more than the host has does not start.

Limits are written in the file's own style: ` + "`mem_limit` and `pids_limit`" + ` where the file has such keys or is of version 2, else in ` + "`deploy.resources`" + `. Memory
is reserved to a quarter of its limit, except in files for a swarm, which would plan by it.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.11", Title: "Ensure that the memory usage for containers is limited"},
		{Framework: "CIS Docker Benchmark", ID: "5.12", Title: "Ensure that CPU priority is set appropriately on containers"},
		{Framework: "CIS Docker Benchmark", ID: "5.29", Title: "Ensure that the PIDs cgroup limit is used"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 7", Title: "Limit resources (memory, CPU, file descriptors, processes, restarts)"},
	},
	Reasons:      []transform.Reason{reasonUnlimited, reasonMixedStyles, reasonDevelopment},
	CheckService: checkResourceLimits,
}

func checkResourceLimits(p *transform.ServicePass) []transform.Finding {
	const message, stay = "memory and processes are limited", "limits stay as they are"
	at := p.Service.Span("deploy", "resources", "limits")
	given := givenLimits(p.Service)
	if why := given.unlimited(); why != "" {
		return []transform.Finding{p.Refuse(at, stay, reasonUnlimited, "%s", why)}
	}
	want := wantedLimits(p).without(given)
	style, ok := styleOf(p)
	if style.noPIDs {
		want.pids = figure{} // the schema of docker stack deploy has none before version 3.9
	}
	if want.none() {
		f := p.Done(at, message)
		f.About = given.about()
		return []transform.Finding{f}
	}
	if why := p.Development(); why != "" && !want.policy {
		return []transform.Finding{p.Refuse(at, stay, reasonDevelopment, "%s", why)}
	}
	if !ok {
		return []transform.Finding{p.Refuse(at, stay, reasonMixedStyles, "mem_limit, pids_limit or cpus beside deploy.resources.limits")}
	}
	var out []transform.Finding
	for _, part := range want.parts(p.Options.Level) {
		f := p.Propose(at, part.safety(), part.message(), style.changes(p.Service, part)...)
		f.Evidence, f.About = part.evidence(), part.about()
		// Nobody measures processors: they are never limited below this level but by the project's own policy.
		f.Beyond = slices.Equal(f.About, []string{"cpus"}) && f.Safety == transform.Assumed && !p.Options.Level.Allows(f.Safety)
		out = append(out, f)
	}
	return out
}

// figure is one limit, with what it rests on. The zero value is none.
type figure struct {
	value    string
	safety   transform.Safety
	evidence []string
}

// limits are what a service may use.
type limits struct {
	memory, pids, cpus figure
	policy             bool // one of them is the project's own
}

func (l limits) figures() []figure { return []figure{l.memory, l.pids, l.cpus} }

func (l limits) none() bool { return l.memory.value+l.pids.value+l.cpus.value == "" }

// safety is the weakest promise among the figures.
func (l limits) safety() (weakest transform.Safety) {
	for _, f := range l.figures() {
		if f.value != "" {
			weakest = max(weakest, f.safety)
		}
	}
	return weakest
}

// evidence is that of all figures, each line once.
func (l limits) evidence() []string {
	var out []string
	for _, f := range l.figures() {
		for _, line := range f.evidence {
			if f.value != "" && !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	return out
}

// without leaves out what the file gives.
func (l limits) without(given givenValues) limits {
	for _, x := range []struct {
		figure *figure
		given  string
	}{{&l.memory, given.memory}, {&l.pids, given.pids}, {&l.cpus, given.cpus}} {
		if x.given != "" {
			*x.figure = figure{}
		}
	}
	return l
}

// parts are the fixes that the limits are proposed as: one where the level allows all of
// it, else one for each promise, so that what has evidence is not held back with the rest.
func (l limits) parts(level transform.Level) []limits {
	if level.Allows(l.safety()) {
		return []limits{l}
	}
	var out []limits
	for _, safety := range []transform.Safety{transform.Guarded, transform.Assumed} {
		part := l
		for _, f := range []*figure{&part.memory, &part.pids, &part.cpus} {
			if f.safety != safety {
				*f = figure{}
			}
		}
		if !part.none() {
			out = append(out, part)
		}
	}
	return out
}

// about names the limits that there are.
func (l limits) about() []string {
	return givenValues{l.memory.value, l.pids.value, l.cpus.value}.about()
}

func (l limits) message() string {
	var parts []string
	for _, x := range []struct{ of, value string }{{"memory", l.memory.value}, {"processes", l.pids.value}, {"processors", l.cpus.value}} {
		if x.value != "" {
			parts = append(parts, x.of+" to "+x.value)
		}
	}
	return "limits " + enumeration(parts)
}

// givenValues are the limits that a file has, in either style.
type givenValues struct{ memory, pids, cpus string }

func givenLimits(s *compose.Service) givenValues {
	either := func(key, deploy string) string {
		if text := s.Text(key); text != "" {
			return text
		}
		return s.Text("deploy", "resources", "limits", deploy)
	}
	return givenValues{either("mem_limit", "memory"), either("pids_limit", "pids"), either("cpus", "cpus")}
}

// about names the limits that are given.
func (g givenValues) about() []string {
	var out []string
	for _, x := range []struct{ key, value string }{{"memory", g.memory}, {"pids", g.pids}, {"cpus", g.cpus}} {
		if x.value != "" {
			out = append(out, x.key)
		}
	}
	return out
}

// unlimited says which limit the file switches off.
func (g givenValues) unlimited() string {
	for _, v := range []struct{ name, value string }{{"memory", g.memory}, {"pids", g.pids}} {
		if v.value == "0" || v.value == "-1" {
			return "the limit of " + v.name + " is " + v.value
		}
	}
	return ""
}

// amount writes bytes as compose reads them, in whole megabytes.
func amount(bytes int64) string {
	mb := bytes >> 20
	if mb%1024 == 0 && mb > 0 {
		return strconv.FormatInt(mb/1024, 10) + "g"
	}
	return strconv.FormatInt(mb, 10) + "m"
}
