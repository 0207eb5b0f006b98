package knowledge

import (
	_ "embed" // the data
	"strconv"
	"strings"
	"sync"
)

//go:embed services.yaml
var servicesYAML []byte

// Service is what is known of an image that runs as a service of its own: who it starts
// as, what it needs to give privileges away, where it writes. A value that LookupService
// returns is true for the tag that was asked for; Sources say where it comes from.
type Service struct {
	Image   string   `yaml:"image"` // repository; a last element * stands for any
	Aliases []string `yaml:"aliases"`
	Only    Tags     `yaml:"only"` // the tags that the entry speaks of; nothing is known of others
	// Latest is the version that a tag without a number stands for: empty for the
	// newest, "unknown" where that has moved or is about to.
	Latest string `yaml:"latest"`

	Kind      string   `yaml:"kind"`       // database, cache, web-server … (serviceKinds)
	Classes   []string `yaml:"classes"`    // how it behaves: names of Classes
	DataStore bool     `yaml:"data_store"` // clients on other machines have no business with its ports
	AdminPage bool     `yaml:"admin_page"` // a page that administers something
	// AdminPorts are the ports of that page where its other ports are for the public.
	AdminPorts []string `yaml:"admin_ports"`

	DefaultUser  string       `yaml:"user"`    // of the image: root, a name, a number, uid:gid
	RunsAs       *RunsAs      `yaml:"runs_as"` // who serves in the end; nil when not known for the tag
	Drop         Drop         `yaml:"drop"`
	Capabilities []Capability `yaml:"capabilities"`
	// NotNeeded are capabilities that one would expect and that it works without.
	NotNeeded []string  `yaml:"not_needed"`
	StartAs   []StartAs `yaml:"start_as"`
	// AsRoot are the capabilities that it needs when a user makes it start as root,
	// which the image does not.
	AsRoot []string `yaml:"as_root"`

	Writable   []Writable `yaml:"writable"`
	Volumes    []string   `yaml:"volumes"` // VOLUME of the image
	Ports      []string   `yaml:"ports"`
	StopSignal string     `yaml:"stop_signal"`

	NoNewPrivileges Verdict     `yaml:"no_new_privileges"` // yes, no, conditional, unknown
	ReadOnly        Verdict     `yaml:"read_only"`         // yes, no, with-tmpfs, conditional, unknown
	Secrets         Secrets     `yaml:"secrets"`
	Healthcheck     Healthcheck `yaml:"healthcheck"`
	Recommend       Recommend   `yaml:"recommend"`
	Unprivileged    string      `yaml:"unprivileged"` // image (or image:*suffix) that needs no root, with NOTE what else changes
	FileCaps        []FileCap   `yaml:"file_capabilities"`
	Limits          *Limits     `yaml:"limits"` // measured; nil when nobody did

	Notes      []string `yaml:"notes"`
	Sources    []string `yaml:"sources"`
	Confidence string   `yaml:"confidence"` // primary: read in the image's own sources; secondary: an old version or its documentation; inferred
	Inferred   []string `yaml:"inferred"`   // what of this is reasoned, not read
	Tested     []string `yaml:"tested"`     // experiments that showed it

	Variants []Variant `yaml:"variants"` // what other tags have otherwise

	Tag     string `yaml:"-"` // as it was asked for, defaults of variables filled in
	Version string `yaml:"-"` // leading number of the tag, "" when it has none
	// TagUnknown: the tag is a variable without default or only a digest is given. What
	// depends on the tag is then left out, or, for capabilities and paths, all in.
	TagUnknown bool `yaml:"-"`
	// TagVariable: the tag is the default of a variable, which a deployment may set.
	TagVariable bool `yaml:"-"`

	whole *Service // before the tag was looked at
}

// RunsAs is the user that does the work once the container is up.
type RunsAs struct {
	User    string `yaml:"user"`
	UID     *int   `yaml:"uid"` // nil when the image does not fix it
	GID     *int   `yaml:"gid"`
	Workers bool   `yaml:"workers"`  // the children; their parent stays what the container starts as
	UIDFrom string `yaml:"uid_from"` // environment variable that changes the uid
	GIDFrom string `yaml:"gid_from"`
}

// IDs is uid:gid, "" when one of them is not known.
func (r *RunsAs) IDs() string {
	if r == nil || r.UID == nil || r.GID == nil {
		return ""
	}
	return strconv.Itoa(*r.UID) + ":" + strconv.Itoa(*r.GID)
}

// Drop is how the image gives privileges away after its start.
type Drop struct {
	Kind  string `yaml:"kind"` // gosu, su-exec, setpriv, su, s6, capsh, chroot, builtin (the program itself), none
	Where string `yaml:"where"`
}

// Capability is one that the image uses when it is started as root without any.
type Capability struct {
	Tags      Tags   `yaml:",inline"`
	Cap       string `yaml:"cap"` // without CAP_
	Reason    string `yaml:"reason"`
	Phase     Phase  `yaml:"phase"`
	IfMissing string `yaml:"if_missing"` // see Consequence
	Note      string `yaml:"note"`
}

// StartAs is a user that the container can be started as, without capabilities.
type StartAs struct {
	Tags    Tags   `yaml:",inline"`
	User    string `yaml:"user"`    // uid:gid, a name, or any for either
	Default bool   `yaml:"default"` // it is the image's own
	// Data is what its data has to be: any (it has none, or it does not matter),
	// named-volume (a new one takes the image's owner; what the image has written before is
	// already the user's), owned (by the user, beforehand).
	Data  string `yaml:"data"`
	Needs Needs  `yaml:"needs"`
	Note  string `yaml:"note"`
}

// Needs is what else must hold for a verdict, a user or a recommendation.
type Needs struct {
	Volumes      []string          `yaml:"volumes"`      // paths that are named volumes, which keep what the image has there
	Writable     []string          `yaml:"writable"`     // paths that the user can write to: a tmpfs with its uid, say
	Env          map[string]string `yaml:"env"`          // variables that are set so; empty is any value
	WithoutEnv   []string          `yaml:"without_env"`  // variables that are not set
	WithoutArgs  []string          `yaml:"without_args"` // words that the command does not have
	Capabilities []string          `yaml:"capabilities"` // that stay in the bounding set
	NonRoot      bool              `yaml:"non_root"`     // it does not start as root
	NoSocket     bool              `yaml:"no_socket"`    // the engine's socket is not mounted
	// Manual: something that only a person can judge; the note or reason beside it says what.
	Manual bool `yaml:"manual"`
}

// None reports whether nothing else is needed.
func (n Needs) None() bool {
	return len(n.Volumes)+len(n.Writable)+len(n.Env)+len(n.WithoutEnv)+len(n.WithoutArgs)+len(n.Capabilities) == 0 && !n.NonRoot && !n.NoSocket && !n.Manual
}

// Writable is a path that the image writes to.
type Writable struct {
	Tags Tags   `yaml:",inline"`
	Path string `yaml:"path"` // "" when only Setting tells
	// Setting is what decides where the path is, when the image does not.
	Setting string `yaml:"setting"`
	Kind    string `yaml:"kind"` // volume: what is there must survive; tmpfs: scratch; file: one file, changed in place
	// Need is start when it does not come up, or not work, without; feature when only
	// what Why names needs it; none when nothing needs it.
	Need string `yaml:"need"`
	// Content: the image has files there that it needs; a tmpfs or an empty bind mount
	// would hide them, a new named volume takes them over.
	Content bool `yaml:"content"`
	// Generated: what is missing there the entrypoint makes at every start, of variables: a
	// tmpfs will do, although configuration is there.
	Generated bool `yaml:"generated"`
	// WhenMounted: only when there are files at this path, which the entrypoint renders into Path.
	WhenMounted string `yaml:"when_mounted"`
	Why         string `yaml:"why"`
	Own         string `yaml:"own"` // runs-as: the user of RunsAs; starter: whoever the container starts as
	UID         *int   `yaml:"uid"` // owner that a tmpfs needs; nil when any will do
	GID         *int   `yaml:"gid"`
	Mode        string `yaml:"mode"` // octal
	Size        string `yaml:"size"`
	Exec        bool   `yaml:"exec"` // programs or libraries are loaded from it
}

// Tmpfs is the path with the options that it needs, as in `tmpfs:` of compose and
// docker run's --tmpfs.
func (w Writable) Tmpfs() string {
	var options []string
	if w.Exec {
		options = append(options, "exec")
	}
	if w.UID != nil {
		options = append(options, "uid="+strconv.Itoa(*w.UID))
	}
	if w.GID != nil {
		options = append(options, "gid="+strconv.Itoa(*w.GID))
	}
	if w.Mode != "" {
		options = append(options, "mode="+w.Mode)
	}
	if w.Size != "" {
		options = append(options, "size="+w.Size)
	}
	if len(options) == 0 {
		return w.Path
	}
	return w.Path + ":" + strings.Join(options, ",")
}

// Verdict says whether a control can be switched on.
type Verdict struct {
	OK    string `yaml:"ok"` // yes, no, with-tmpfs, conditional, unknown
	Why   string `yaml:"why"`
	Needs Needs  `yaml:"needs"`
}

// Secrets is how the image takes secrets from files.
type Secrets struct {
	Names []string `yaml:"names"` // variables that name a file
	// Pattern is a regular expression of further such variables.
	Pattern string `yaml:"pattern"`
	Every   bool   `yaml:"every"` // the pattern holds for whatever variable the image reads
	// Semantics: path (the variable holds one), name-under-run-secrets, path-in-variable
	// (the variable itself, without a suffix); "" when there is no convention.
	Semantics string   `yaml:"semantics"`
	ReadBy    string   `yaml:"read_by"`
	Forbidden []string `yaml:"forbidden"` // variables that stop the container
	Modes     []string `yaml:"modes"`     // that the file must have one of
	Missing   string   `yaml:"missing"`   // what happens when there is no such file
	Note      string   `yaml:"note"`
}

// Healthcheck is a command that tells whether the service works.
type Healthcheck struct {
	Command string `yaml:"command"`  // as for CMD-SHELL; "" when there is none that every tag has
	InImage bool   `yaml:"in_image"` // the image has a HEALTHCHECK of its own
	Note    string `yaml:"note"`
}

// Recommend is the way that works best.
type Recommend struct {
	// Strategy: user (start as User, no capabilities), capabilities (start as root with
	// CapAdd), none (it starts unprivileged as it is), report (leave its capabilities);
	// "" when nobody has weighed them.
	Strategy       string   `yaml:"strategy"`
	User           string   `yaml:"user"` // runs-as in the data is the user of RunsAs
	CapAdd         []string `yaml:"cap_add"`
	FallbackCapAdd []string `yaml:"fallback_cap_add"` // when User cannot be used: data on a bind mount
	ReadOnly       *bool    `yaml:"read_only"`
	// NoNewPrivileges is false where the control takes away what the strategy rests on.
	NoNewPrivileges *bool             `yaml:"no_new_privileges"`
	Env             map[string]string `yaml:"env"` // that must go with it
	Needs           Needs             `yaml:"needs"`
	Why             string            `yaml:"why"`
	Tmpfs           []string          `yaml:"-"` // of a read-only root filesystem, as Writable.Tmpfs gives them
}

// FileCap is a program with capabilities of its own. It cannot be started at all when
// one of them is outside the bounding set.
type FileCap struct {
	Path string   `yaml:"path"`
	Caps []string `yaml:"caps"`
	Note string   `yaml:"note"`
}

// Limits are figures of the resources that the image uses.
type Limits struct {
	Memory  Measured `yaml:"memory"`
	PIDs    Measured `yaml:"pids"`
	Minimum string   `yaml:"minimum"` // memory that its documentation asks for
	Source  string   `yaml:"source"`
}

// Measured is the most that was seen, and the limit that follows.
type Measured struct {
	Idle  string `yaml:"idle"`
	Load  string `yaml:"load"`
	Limit string `yaml:"limit"`
}

// Variant is what some tags have instead of what the entry says.
type Variant struct {
	Tags        Tags       `yaml:",inline"`
	DefaultUser string     `yaml:"user"`
	RunsAs      *RunsAs    `yaml:"runs_as"`
	Drop        *Drop      `yaml:"drop"`
	Volumes     []string   `yaml:"volumes"`
	Ports       []string   `yaml:"ports"`
	StopSignal  string     `yaml:"stop_signal"`
	Recommend   *Recommend `yaml:"recommend"`
	Confidence  string     `yaml:"confidence"` // when less is known of these tags
	Note        string     `yaml:"note"`
}

var services = sync.OnceValue(func() *Knowledge {
	list, err := ParseServices(servicesYAML)
	if err != nil {
		panic("embedded data: " + err.Error()) // a broken build, not an input
	}
	return NewKnowledge(list)
})

// Services lists what is known, in the order of the data, each as its newest tag has it.
func Services() []*Service {
	var out []*Service
	for _, s := range services().added {
		out = append(out, s.For(""))
	}
	return out
}
