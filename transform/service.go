package transform

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// ServicePass is one look at one service of a compose project.
type ServicePass struct {
	Service  *compose.Service
	Project  *compose.Project
	Image    *ImageFacts        // of the image that the project builds, hardened; nil when it builds none or nothing is known of it
	Known    *knowledge.Service // what is known of the image that runs; nil when nothing is
	Observed []Observation      // what was seen of this service
	Files    fs.FS              // the directory of the compose files, bounded; nil when they stand in none
	Options  Options
	// Applied reports whether a fix of a rule for this service would be applied: the
	// rule runs, the level allows the safety, and nobody asked for silence.
	Applied func(rule string, safety Safety) bool

	// Others are the same service in further compositions of the project, such as with a
	// file for production on top: a fix must be right for them too.
	Others []*compose.Service

	// Siblings are the passes of all services of the project that run, this one among them.
	Siblings []*ServicePass
	// Editable: the service's file may be changed here.
	Editable bool
	// Tracked: git tracks the service's file, so that its history has what stood there.
	Tracked bool
	// Extended: a service of another composition extends this one.
	Extended bool
	// Compositions are the further compositions of the project, those of Others among them.
	Compositions []*compose.Project
	// Beside and Joined are those of ProjectInput.
	Beside []*compose.Project
	Joined func() string

	shared    map[string]any
	ofProject *map[string]any
}

// ProjectShared returns what build makes, once for all services of the project.
func ProjectShared[T any](p *ServicePass, key string, build func(*ServicePass) T) T {
	return sharedValue(p.ofProject, key, func() T { return build(p) })
}

// ServiceShared returns what build makes, once per pass, so that rules that rest on the
// same analysis do it once.
func ServiceShared[T any](p *ServicePass, key string, build func(*ServicePass) T) T {
	return sharedValue(&p.shared, key, func() T { return build(p) })
}

// Views are the service in every composition that is known, its own first.
func (p *ServicePass) Views() []*compose.Service {
	return append([]*compose.Service{p.Service}, p.Others...)
}

// Unclear are the keys of a service whose values hang on a variable that has no default: what
// they say is known on the host alone. It is nil when there is none.
func Unclear(s *compose.Service) []string {
	var out []string
	for _, key := range s.Keys() {
		if unclear(s.Value(key)) {
			out = append(out, key)
		}
	}
	return out
}

func unclear(v any) bool {
	switch v := v.(type) {
	case string:
		_, ok := knowledge.ExpandDefaults(v)
		return !ok
	case []any:
		return slices.ContainsFunc(v, unclear)
	case map[string]any:
		for _, e := range v {
			if unclear(e) {
				return true
			}
		}
	}
	return false
}

// ImageFacts is what a Dockerfile, hardened, tells the services that run its image.
type ImageFacts struct {
	File string // the Dockerfile, as the user would type it
	// Stage is the stage that the service builds, where that is not the one that ships, which
	// alone gets another user; "" else.
	Stage string
	Base  string // the image below the stage that ships; "" when it is not known
	// Windows: the stage that ships builds a Windows image.
	Windows bool

	User     string // USER as it is at the end, the base's default filled in; "" is root or unknown
	Root     bool   // the image starts as root
	UID, GID int    // of User, -1 when they are not known
	Home     string // of User
	Workdir  string

	Entrypoint, Cmd []string // as argument vectors; a shell form is /bin/sh -c TEXT
	// Inherited: neither is set by the Dockerfile, what starts is what the base starts.
	Inherited bool
	// KeepsEntrypoint: the base's entrypoint runs, with another command.
	KeepsEntrypoint bool

	State   []string // directories that the application keeps its data in
	Volumes []string
	Ports   []string // of EXPOSE, as PORT or PORT/PROTOCOL
	Setuid  []string // setuid programs that the start or a health check uses: sudo, doas
	// FileCaps are the capabilities that the Dockerfile gives to programs (setcap), without
	// CAP_. Such a program cannot be started where one of them is dropped.
	FileCaps []string
	Pings    bool // the start or a health check runs ping, which has such a capability
	// Unknown says what could not be analysed, one reason a line; empty when the effects
	// of every command and of the start are known.
	Unknown []string
	// Unread are the scripts among what starts that could not be read.
	Unread []string
	// StartWrites are the paths that the scripts of the start write to, as far as their
	// own commands tell; what the application writes is not among them.
	StartWrites []string
	Brings      []string // places that the Dockerfile copies files to
	// StaysRoot is the code of the refusal that left the image running as root; "" else.
	StaysRoot string
	Language  string // of the base image: python, node, java …
}

// Observation is evidence from a run on an engine, or from the user, of what a service
// needs. It is an input to planning; nothing else goes around the rules.
type Observation struct {
	Source string          `yaml:"source"` // who saw it: an engine run with its date, a person
	Target string          `yaml:"target"` // the service
	Kind   ObservationKind `yaml:"kind"`
	Value  string          `yaml:"value"`
	Reason string          `yaml:"reason"` // what needs it
}

// ObservationKind is what was seen.
type ObservationKind string

// What can be seen.
const (
	// ObservedReadOnly: it works with a read-only root filesystem and nothing writable
	// but its mounts and the paths that it was seen to write.
	ObservedReadOnly ObservationKind = "read-only"
	// ObservedWrite: it writes to the path Value, whose content may be lost; mount
	// options of a tmpfs may follow a colon.
	ObservedWrite ObservationKind = "writes"
	// ObservedCapability: it needs the capability Value.
	ObservedCapability ObservationKind = "capability"
	// ObservedNoCapabilities: it works with no capabilities but those it was seen to need.
	ObservedNoCapabilities ObservationKind = "no-capabilities"
	// ObservedMemory and ObservedPIDs: the most that it used, in bytes (with a unit) and processes.
	ObservedMemory ObservationKind = "memory"
	ObservedPIDs   ObservationKind = "pids"
)

// Observations of a kind.
func (p *ServicePass) Observations(kind ObservationKind) []Observation {
	var out []Observation
	for _, o := range p.Observed {
		if o.Kind == kind {
			out = append(out, o)
		}
	}
	return out
}

// Development reports why a service looks like a place to develop in, "" when it does
// not: its source is mounted over what the image holds.
func (p *ServicePass) Development() string {
	for _, s := range p.Views() {
		if b := s.Build(); b != nil && DevelopmentStage(b.Target) {
			return "it builds the stage " + b.Target
		}
		if s.Has("develop") {
			return "it is watched for development (develop)"
		}
		for _, m := range s.Mounts() {
			if m.Type == "bind" && sourceMount(s, m, p.Image) {
				return "it mounts " + m.Source + " of the host on " + m.Target
			}
		}
	}
	return ""
}

// sourceMount reports whether a bind mount brings the source code in.
func sourceMount(s *compose.Service, m compose.Mount, image *ImageFacts) bool {
	source := strings.TrimSuffix(m.Source, "/")
	if source == "." || source == "${PWD}" || source == "$PWD" {
		return true
	}
	if b := s.Build(); b != nil && source == strings.TrimSuffix(b.Context, "/") {
		return true
	}
	return image != nil && image.Workdir != "" && image.Workdir != "/" && strings.TrimSuffix(m.Target, "/") == image.Workdir
}

// Windows reports why a service is known to run in a Windows container, "" when it is not.
func (p *ServicePass) Windows() string {
	if p.Image != nil && p.Image.Windows {
		return p.Image.File + " builds a Windows image"
	}
	for _, s := range p.Views() {
		platform, isolation := s.Text("platform"), s.Text("isolation")
		switch {
		case strings.HasPrefix(platform, "windows"):
			return "platform: " + platform
		case isolation == "process" || isolation == "hyperv":
			return "isolation: " + isolation + " is one of Windows containers"
		case s.Build() == nil && dockerfile.WindowsImage(s.Image()):
			return s.Image() + " runs Windows"
		}
	}
	return ""
}

// Refuse makes a finding that says why a rule does nothing for a service.
func (p *ServicePass) Refuse(at parser.Span, message string, reason Reason, detail string, args ...any) Finding {
	return p.place(Refuse(at, message, reason, detail, args...))
}

// Done makes a finding that says that the service already does what the rule wants.
func (p *ServicePass) Done(at parser.Span, message string) Finding { return p.place(Done(at, message)) }

// Manually makes a finding that says what the user has to do.
func (p *ServicePass) Manually(at parser.Span, message string, args ...any) Finding {
	return p.place(Manually(at, message, args...))
}

// Propose makes a finding with a fix of changes to this service.
func (p *ServicePass) Propose(at parser.Span, safety Safety, message string, changes ...compose.Change) Finding {
	for i := range changes {
		changes[i].Service = p.Service.Name
	}
	return p.place(Propose(at, safety, message, &Fix{Changes: changes}))
}

func (p *ServicePass) place(f Finding) Finding {
	f.File, f.Service = p.Service.File, p.Service.Name
	return f
}
