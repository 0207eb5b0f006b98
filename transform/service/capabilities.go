package service

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// decide finds the smallest set of capabilities, and what it rests on.
func (a *privileges) decide(p *transform.ServicePass) {
	observed := p.Observations(transform.ObservedNoCapabilities)
	a.programs(p)
	switch {
	case a.becomes(p):
		a.safety = a.user.safety
		a.evidence = append(a.evidence, "it starts as "+a.user.ids+" (service-user)", guide)
	case !a.start.root:
		a.safety = a.start.safety
		a.evidence = append(a.evidence, a.start.who, guide)
	case a.known != nil && !applicationBase(a.known):
		a.knownRoot(p)
	case len(observed) > 0:
		a.evidence = append(a.evidence, a.start.who)
	default:
		a.unknownRoot(p)
	}
	for _, o := range p.Observations(transform.ObservedCapability) {
		a.add(need{name: knowledge.CapName(o.Value), comment: short(cmp.Or(o.Reason, "seen to need it")), why: o.Reason + " (" + o.Source + ")"})
	}
	if len(observed) > 0 {
		a.safety = transform.Guarded
		a.evidence = append(a.evidence, "it works with no other capability ("+observed[0].Source+")")
	}
	slices.SortFunc(a.needs, func(x, y need) int { return cmp.Compare(x.name, y.name) })
}

// guide says why what many guides add is left out.
const guide = "guides add SETGID and SETUID for entrypoints that start as root and give it up; this one never is root, and they would do nothing for it"

func (a *privileges) add(n need) {
	if !slices.ContainsFunc(a.needs, func(have need) bool { return have.name == n.name }) {
		a.needs = append(a.needs, n)
	}
}

// knownRoot is an image that is known to start as root, or is made to.
func (a *privileges) knownRoot(p *transform.ServicePass) {
	a.evidence = append(a.evidence, a.start.who)
	a.safety = max(trust(a.known, "capabilities"), a.lowered(p))
	if why := foreignData(p, a.known); why != "" && len(a.known.Capabilities) > 0 {
		a.evidence = append(a.evidence, why)
	}
	for _, c := range a.known.CapAdd(conditions(p, a.known)) {
		a.add(knownNeed(a.known, c))
	}
	if why := foreignWork(p, a.known); why != "" {
		a.add(need{"DAC_OVERRIDE", phrase("DAC_OVERRIDE", a.known), "root works on files of the host, which another user may own (" + why + ")"})
	}
	if !a.known.IsRoot() {
		for _, name := range a.known.AsRoot {
			a.add(need{name, phrase(name, a.known), "the image uses it when it is made to start as root"})
		}
	}
	if a.known.TagVariable || a.known.TagUnknown { // another tag may need more
		if every := p.Options.Known(a.known.Image + ":${TAG}"); every != nil {
			for _, c := range every.CapAdd(conditions(p, a.known)) {
				a.add(knownNeed(a.known, c))
			}
		}
	}
	if why := customStart(p); why != "" {
		a.usual("what is known of " + a.known.Image + " does not cover it: " + why)
	}
}

// lowered says what keeps an entry from being evidence for this service.
func (a *privileges) lowered(p *transform.ServicePass) transform.Safety {
	out := transform.Guarded
	lower := func(why string) {
		out = transform.Assumed
		a.evidence = append(a.evidence, why)
	}
	if a.known.Confidence == "inferred" {
		lower("what is known of " + a.known.Image + " is inferred")
	} else if slices.Contains(a.known.Inferred, "capabilities") {
		lower("the capabilities of " + a.known.Image + " are inferred from similar images")
	}
	if image := p.Image; image != nil {
		if !image.Inherited {
			lower(image.File + " starts another command than " + image.Base + " does")
		}
		if len(image.Unknown) > 0 {
			lower(image.File + ": " + image.Unknown[0])
		}
	}
	return out
}

// usual adds what images that start as root need most often, for want of knowledge.
func (a *privileges) usual(why string) {
	a.safety = transform.Assumed
	a.evidence = append(a.evidence, why, "for want of knowledge it keeps what most images that start as root use")
	a.add(need{"CHOWN", "a root entrypoint may chown its data", ""})
	a.add(need{"DAC_OVERRIDE", "root may work on files of other users", ""})
	a.add(need{"SETGID", "root may give its work to another user", ""})
	a.add(need{"SETUID", "root may give its work to another user", ""})
}

// unknownRoot is an image that may start as root, and nobody knows what for.
func (a *privileges) unknownRoot(p *transform.ServicePass) {
	a.usual(a.start.who)
	if anyView(p, func(s *compose.Service) bool { return s.True("init") }) {
		a.add(need{"KILL", phrase("KILL", nil), "init: true ends processes of other users"})
	}
	for _, name := range startNames(p) {
		if _, ok := knowledge.InitTool(name); ok {
			a.add(need{"KILL", phrase("KILL", nil), name + " ends processes of other users"})
		}
		for _, c := range knowledge.ProgramCapabilities(name) {
			a.add(need{c.Cap, c.Why, name + " uses it: " + c.Why})
		}
	}
	if onHostNetwork(p) {
		a.add(need{"NET_BIND_SERVICE", phrase("NET_BIND_SERVICE", nil), "in the host's network ports below 1024 need it"})
	}
	if p.Image != nil && len(p.Image.Unknown) > 0 {
		a.evidence = append(a.evidence, p.Image.File+": "+p.Image.Unknown[0])
	}
}

// startNames are the names of the programs among the words that a service starts with.
func startNames(p *transform.ServicePass) []string {
	var all []string
	for _, s := range p.Views() {
		all = append(all, words(s.Entrypoint())...)
		all = append(all, words(s.Command())...)
	}
	if p.Image != nil {
		all = append(append(all, p.Image.Entrypoint...), p.Image.Cmd...)
	}
	var out []string
	for _, w := range all {
		for field := range strings.FieldsSeq(w) {
			if name := path.Base(field); !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// programs adds what programs need whoever starts them: those with file capabilities
// cannot be started at all when one of these is dropped.
func (a *privileges) programs(p *transform.ServicePass) {
	known := a.known
	if known == nil && p.Image != nil && p.Image.Base != "" {
		known = p.Options.Known(p.Image.Base)
	}
	if known != nil {
		for _, f := range known.FileCaps {
			for _, name := range f.Caps {
				a.add(need{name, "file capability of " + path.Base(f.Path), f.Path + " has it as a file capability and does not start without"})
			}
		}
	}
	if p.Image != nil {
		for _, name := range p.Image.FileCaps {
			a.add(need{name, "file capability, set by the Dockerfile", p.Image.File + " gives it to a program (setcap), which does not start without"})
		}
	}
	if anyView(p, pings) || p.Image != nil && p.Image.Pings {
		a.add(need{"NET_RAW", "for ping", "ping has it as a file capability and does not start without"})
	}
}

// pings reports whether the health check runs ping: as a command, not as what it asks for
// (mysqladmin ping, curl …/ping).
func pings(s *compose.Service) bool {
	return slices.ContainsFunc(checkCommands(s.Healthcheck()), func(argv []string) bool {
		if len(argv) > 1 && path.Base(argv[0]) != "timeout" {
			argv = argv[:1]
		}
		return slices.ContainsFunc(argv, func(word string) bool { return slices.Contains([]string{"ping", "ping6", "fping"}, path.Base(word)) })
	})
}

// checkCommands are the commands of a health check, those of its shell one by one.
func checkCommands(c compose.Command) [][]string {
	text := c.Text
	switch list := c.Words; {
	case len(list) > 1 && list[0] == "CMD-SHELL":
		text = list[1]
	case len(list) > 3 && list[0] == "CMD" && strings.HasSuffix(list[1], "sh") && list[2] == "-c":
		text = list[3]
	case len(list) > 1 && list[0] == "CMD":
		return [][]string{list[1:]}
	}
	var out [][]string
	for _, call := range dockerfile.NewScript(text).Calls() {
		var argv []string
		for _, a := range call.Args {
			argv = append(argv, a.Value)
		}
		out = append(out, argv)
	}
	return out
}

// conditions are how a service is run, as far as the capabilities of its image depend on it.
func conditions(p *transform.ServicePass, known *knowledge.Service) knowledge.Conditions {
	c := knowledge.Conditions{
		Bind:           foreignData(p, known) != "" || customData(p, known) != "",
		HostNetwork:    onHostNetwork(p),
		Init:           anyView(p, func(s *compose.Service) bool { return s.True("init") }),
		PrivateSecrets: privateFile(p) != "",
	}
	if known.Drop.Kind == "none" { // it works as root, on whatever is mounted
		c.Bind = c.Bind || hostBind(p, false) != "" || c.PrivateSecrets
	}
	c.OtherSignal = anyView(p, func(s *compose.Service) bool {
		signal := strings.TrimPrefix(s.Text("stop_signal"), "SIG")
		return signal != "" && signal != strings.TrimPrefix(known.StopSignal, "SIG")
	})
	return c
}

func knownNeed(known *knowledge.Service, c knowledge.Capability) need {
	comment := phrase(c.Cap, known)
	if comment == "" {
		comment = short(c.Reason)
	}
	why := c.Reason + " (" + c.Phase.Text()
	if consequence := c.Consequence(); consequence != "" {
		why += "; without: " + consequence
	}
	return need{c.Cap, comment, why + ")"}
}

// phrase says in a few words what a capability is for, "" when that is the image's secret.
func phrase(name string, known *knowledge.Service) string {
	drop := ""
	if known != nil {
		drop = known.Drop.Kind
	}
	switch name {
	case "CHOWN":
		if known != nil && len(dataPaths(known)) > 0 {
			return "entrypoint chowns its data directory"
		}
		return "entrypoint chowns its directories"
	case "DAC_OVERRIDE":
		return "root works on files of other users"
	case "FOWNER":
		return "root changes modes of files of other users"
	case "KILL":
		return "root stops processes of other users"
	case "SETGID", "SETUID":
		if drop == "" || drop == "builtin" || drop == "none" {
			return "root gives its work to another user"
		}
		return drop + " gives root up"
	case "NET_BIND_SERVICE":
		return "ports below 1024 in the host's network"
	case "SYS_CHROOT":
		return "a login is confined by chroot"
	}
	return ""
}

// short is the first part of a reason that says enough at the end of a line.
func short(reason string) string {
	if at := strings.IndexAny(reason, ";(#"); at > 0 {
		reason = reason[:at]
	}
	reason = strings.TrimSpace(strings.ReplaceAll(reason, "\n", " "))
	if len(reason) > 60 {
		cut := max(strings.LastIndex(reason[:60], ", "), 0)
		if cut == 0 {
			cut = strings.LastIndexByte(reason[:60], ' ')
		}
		reason = reason[:max(cut, 0)]
	}
	return reason
}
