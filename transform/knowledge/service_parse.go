package knowledge

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// LineError is a mistake in entries of services.
type LineError struct {
	Line   int // 0 when it is not known
	Reason string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ParseServices reads entries: a YAML list in the form of services.yaml. A field that is
// not known, a value outside its set, an entry without source are a *LineError.
func ParseServices(data []byte) ([]*Service, error) {
	var list []*Service
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, lineError(err)
	}
	for i, s := range list {
		if s == nil {
			return nil, &LineError{lineOf(data, i), "an entry is empty; remove it"}
		}
		s.normalise()
		if problem := s.check(); problem != "" {
			return nil, &LineError{lineOf(data, i), cmp.Or(s.Image, "an entry") + ": " + problem}
		}
	}
	return list, nil
}

// ParseServicesNode reads entries that are a part of a larger file. Lines are those of
// the file.
func ParseServicesNode(node *yaml.Node) ([]*Service, error) {
	data, err := yaml.Marshal(node)
	if err != nil {
		return nil, lineError(err)
	}
	list, err := ParseServices(data)
	if at := new(LineError); errors.As(err, &at) {
		var copied yaml.Node
		if yaml.Unmarshal(data, &copied) == nil && len(copied.Content) == 1 {
			return nil, &LineError{cmp.Or(originalLine(node, copied.Content[0], at.Line), node.Line), at.Reason}
		}
		return nil, &LineError{node.Line, at.Reason}
	}
	return list, err
}

// originalLine is the line in one tree of the first node that stands at a line of its
// copy, 0 when none does.
func originalLine(original, copied *yaml.Node, line int) int {
	if copied.Line == line {
		return original.Line
	}
	for i, c := range copied.Content {
		if i < len(original.Content) {
			if found := originalLine(original.Content[i], c, line); found != 0 {
				return found
			}
		}
	}
	return 0
}

// lineOf is the line that an item of a list starts at.
func lineOf(data []byte, item int) int {
	var items []yaml.Node
	if err := yaml.Unmarshal(data, &items); err != nil || item >= len(items) {
		return 0
	}
	return items[item].Line
}

var yamlLine = regexp.MustCompile(`^line ([0-9]+): (?s:(.*))$`)

// lineError is yaml.v3's error without its own name and the names of Go types.
func lineError(err error) *LineError {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if te := new(yaml.TypeError); errors.As(err, &te) && len(te.Errors) > 0 {
		text, _, _ = strings.Cut(te.Errors[0], " in type ")
	}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		return &LineError{line, m[2]}
	}
	return &LineError{0, text}
}

// normalise puts names into the form that they are looked up in.
func (s *Service) normalise() {
	s.Image = strings.ToLower(ParseRef(s.Image).Repository)
	for i, a := range s.Aliases {
		s.Aliases[i] = strings.ToLower(ParseRef(a).Repository)
	}
	if s.ReadOnly.OK == "" {
		s.ReadOnly.OK = "unknown"
	}
	if s.NoNewPrivileges.OK == "" {
		s.NoNewPrivileges.OK = "unknown"
	}
}

// The sets that values are from.
var (
	serviceKinds = []string{"database", "cache", "queue", "search", "storage", "web-server", "proxy", "app", "admin", "monitoring", "identity", "secrets", "registry", "ci", "mail", "development", "network", "base", "family"}
	confidences  = []string{"primary", "secondary", "inferred"}
	dropKinds    = []string{"gosu", "su-exec", "setpriv", "su", "s6", "capsh", "chroot", "builtin", "none"}
	dataStates   = []string{"any", "named-volume", "owned"}
	verdicts     = []string{"yes", "no", "conditional", "unknown"}
	strategies   = []string{"", "user", "capabilities", "none", "report"}
	semantics    = []string{"", "path", "name-under-run-secrets", "path-in-variable"}
)

// Capabilities are the names that Linux knows, without CAP_.
var capabilityNames = strings.Fields(`AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN
	DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD
	NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT
	SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`)

var (
	userText    = regexp.MustCompile(`^([0-9]+|[a-z_][a-z0-9_-]*)(:([0-9]+|[a-z_][a-z0-9_-]*))?$`)
	portText    = regexp.MustCompile(`^[0-9]+(-[0-9]+)?/(tcp|udp)$`)
	versionText = regexp.MustCompile(`^(>=|<=|<|>)[0-9.]+(, *(>=|<=|<|>)[0-9.]+)*$`)
	modeText    = regexp.MustCompile(`^[0-7]{3,4}$`)
	sizeText    = regexp.MustCompile(`^[0-9]+[kmg]?$`)
)

// check says what is wrong with an entry, "" when nothing is.
func (s *Service) check() string {
	switch {
	case s.Image == "":
		return "image is missing: say the repository"
	case len(s.Sources) == 0:
		return "sources is empty: say where this is known from"
	case !slices.Contains(confidences, s.Confidence):
		return oneOf("confidence", s.Confidence, confidences)
	case s.Kind != "" && !slices.Contains(serviceKinds, s.Kind):
		return oneOf("kind", s.Kind, serviceKinds)
	case !userText.MatchString(s.DefaultUser):
		return fmt.Sprintf("user: %q is no user: the image's own, root when it has none", s.DefaultUser)
	case s.Drop.Kind != "" && !slices.Contains(dropKinds, s.Drop.Kind):
		return oneOf("drop", s.Drop.Kind, dropKinds)
	case !slices.Contains(verdicts, s.NoNewPrivileges.OK):
		return oneOf("no_new_privileges", s.NoNewPrivileges.OK, verdicts)
	case !slices.Contains(verdicts, s.ReadOnly.OK) && s.ReadOnly.OK != "with-tmpfs":
		return oneOf("read_only", s.ReadOnly.OK, append(slices.Clone(verdicts), "with-tmpfs"))
	case !slices.Contains(semantics, s.Secrets.Semantics):
		return oneOf("secrets.semantics", s.Secrets.Semantics, semantics[1:])
	}
	if _, err := regexp.Compile(s.Secrets.Pattern); err != nil {
		return "secrets.pattern: " + err.Error()
	}
	for _, check := range []func() string{s.checkTags, s.checkCapabilities, s.checkUsers, s.checkPaths, s.checkRecommend} {
		if problem := check(); problem != "" {
			return problem
		}
	}
	return ""
}

func oneOf(field, value string, set []string) string {
	return fmt.Sprintf("%s: %q is none of %s", field, value, strings.Join(set, ", "))
}

func (s *Service) checkTags() string {
	all := []Tags{s.Only}
	for _, v := range s.Variants {
		if len(v.Tags.Patterns) == 0 && v.Tags.Versions == "" {
			return "variants: one says neither tags nor versions"
		}
		all = append(all, v.Tags)
	}
	for _, c := range s.Capabilities {
		all = append(all, c.Tags)
	}
	for _, a := range s.StartAs {
		all = append(all, a.Tags)
	}
	for _, w := range s.Writable {
		all = append(all, w.Tags)
	}
	for _, t := range all {
		if t.Versions != "" && !versionText.MatchString(t.Versions) {
			return fmt.Sprintf("versions: %q is no comparison such as >=2, <3.1", t.Versions)
		}
		for _, p := range t.Patterns {
			if _, err := path.Match(strings.TrimPrefix(p, "!"), ""); err != nil || p == "" {
				return fmt.Sprintf("tags: %q is no pattern", p)
			}
		}
	}
	return ""
}

func (s *Service) checkCapabilities() string {
	for _, c := range s.Capabilities {
		switch {
		case c.Phase.Text() == string(c.Phase):
			return fmt.Sprintf("capabilities: %s: phase %q is not known", c.Cap, c.Phase)
		case consequences[c.IfMissing] == "":
			return fmt.Sprintf("capabilities: %s: if_missing %q is not known", c.Cap, c.IfMissing)
		case c.Reason == "":
			return fmt.Sprintf("capabilities: %s has no reason", c.Cap)
		}
	}
	all := slices.Concat(names(s.Capabilities), s.NotNeeded, s.AsRoot, s.Recommend.CapAdd, s.Recommend.FallbackCapAdd)
	for _, f := range s.FileCaps {
		all = append(all, f.Caps...)
	}
	for _, name := range all {
		if !slices.Contains(capabilityNames, name) {
			return fmt.Sprintf("%q is no capability; they are written as CHOWN or NET_BIND_SERVICE", name)
		}
	}
	return ""
}

func (s *Service) checkUsers() string {
	for _, a := range s.StartAs {
		if !userText.MatchString(a.User) {
			return fmt.Sprintf("start_as: %q is no uid:gid", a.User)
		}
		if !slices.Contains(dataStates, a.Data) {
			return oneOf("start_as "+a.User+": data", a.Data, dataStates)
		}
	}
	for _, v := range s.Variants {
		if v.DefaultUser != "" && !userText.MatchString(v.DefaultUser) {
			return fmt.Sprintf("variants: %q is no user", v.DefaultUser)
		}
		if v.Confidence != "" && !slices.Contains(confidences, v.Confidence) {
			return oneOf("variants: confidence", v.Confidence, confidences)
		}
	}
	return ""
}

func (s *Service) checkPaths() string {
	for _, w := range s.Writable {
		switch {
		case w.Path == "" && w.Setting == "":
			return "writable: one has neither path nor setting"
		case w.Path != "" && !path.IsAbs(w.Path):
			return fmt.Sprintf("writable: %s is not absolute", w.Path)
		case !slices.Contains([]string{"volume", "tmpfs", "file"}, w.Kind):
			return oneOf("writable "+w.Path+": kind", w.Kind, []string{"volume", "tmpfs", "file"})
		case !slices.Contains([]string{"start", "feature", "none"}, w.Need):
			return oneOf("writable "+w.Path+": need", w.Need, []string{"start", "feature", "none"})
		case !slices.Contains([]string{"", "runs-as", "starter"}, w.Own):
			return oneOf("writable "+w.Path+": own", w.Own, []string{"runs-as", "starter"})
		case w.Mode != "" && !modeText.MatchString(w.Mode):
			return fmt.Sprintf("writable: %s: mode %q is not octal", w.Path, w.Mode)
		case w.Size != "" && !sizeText.MatchString(w.Size):
			return fmt.Sprintf("writable: %s: size %q is no size such as 64m", w.Path, w.Size)
		case w.Own == "runs-as" && s.RunsAs == nil:
			return fmt.Sprintf("writable: %s belongs to runs-as, which is not given", w.Path)
		}
	}
	all := slices.Concat(s.Volumes, s.ReadOnly.Needs.Volumes)
	for _, v := range s.Variants {
		all = append(all, v.Volumes...)
	}
	for _, p := range all {
		if !path.IsAbs(p) {
			return fmt.Sprintf("volumes: %s is not absolute", p)
		}
	}
	for _, p := range slices.Concat(s.Ports, s.AdminPorts) {
		if !portText.MatchString(p) {
			return fmt.Sprintf("ports: %q is no port such as 80/tcp", p)
		}
	}
	return ""
}

func (s *Service) checkRecommend() string {
	all := []Recommend{s.Recommend}
	for _, v := range s.Variants {
		if v.Recommend != nil {
			all = append(all, *v.Recommend)
		}
	}
	for _, r := range all {
		switch {
		case !slices.Contains(strategies, r.Strategy):
			return oneOf("recommend.strategy", r.Strategy, strategies[1:])
		case (r.Strategy == "user") != (r.User != ""):
			return "recommend: strategy user and a user belong together"
		case r.User == "runs-as" && s.RunsAs.IDs() == "":
			return "recommend.user: runs-as has no uid and gid"
		case r.User != "" && !userText.MatchString(r.User):
			return fmt.Sprintf("recommend.user: %q is no uid:gid", r.User)
		}
	}
	return ""
}
