package knowledge

import (
	"cmp"
	"slices"
)

// Phase is when a capability is needed.
type Phase string

// The phases.
const (
	FirstStart  Phase = "first-start"
	EveryStart  Phase = "every-start"
	SecondStart Phase = "second-start" // once there is data
	BindMount   Phase = "bind-mount"   // when the data is not the service user's already
	Runtime     Phase = "runtime"
	Stop        Phase = "stop"
	StopInit    Phase = "stop-with-init"    // only with init: true
	StopSIGTERM Phase = "stop-with-sigterm" // only when stopped by another signal than the image's
	SecretFiles Phase = "secrets"           // for files that only another user may read
	HostNetwork Phase = "host-network"
	Optional    Phase = "optional" // it works without
)

// phases are all of them, in the order of a container's life, and what they mean.
var phases = []struct {
	phase Phase
	text  string
}{
	{FirstStart, "at its first start"},
	{EveryStart, "at every start"},
	{SecondStart, "at a start with data"},
	{BindMount, "when its data is on a bind mount"},
	{SecretFiles, "when a secret is another user's file"},
	{HostNetwork, "in the host's network"},
	{Runtime, "while it runs"},
	{Stop, "to stop"},
	{StopInit, "to stop with init: true"},
	{StopSIGTERM, "to stop by SIGTERM"},
	{Optional, "for what it works without"},
}

// Text says when, as the end of "needs CHOWN …".
func (p Phase) Text() string {
	for _, known := range phases {
		if known.phase == p {
			return known.text
		}
	}
	return string(p)
}

// Phases lists them in the order of a container's life.
func Phases() []Phase {
	var out []Phase
	for _, known := range phases {
		out = append(out, known.phase)
	}
	return out
}

// consequences are what happens without a capability, by the names of the data.
var consequences = map[string]string{
	"fail":            "it does not start",
	"fail-on-restart": "it starts once, then no more",
	"silent-root":     "it works on as root, and does not say so",
	"half-init":       "it leaves half of its data behind, and takes that for whole at the next start",
	"no-service":      "it runs, but does not answer",
	"unclean-stop":    "it is killed instead of stopped",
	"degraded":        "something less works",
}

// Consequence says what happens without the capability.
func (c Capability) Consequence() string { return consequences[c.IfMissing] }

// Conditions are how a service is run, as far as its capabilities depend on it.
type Conditions struct {
	Bind           bool // its data is on a bind mount, or nobody knows
	Init           bool // init: true
	HostNetwork    bool
	PrivateSecrets bool // it reads files that another user owns and only that user may read
	OtherSignal    bool // stop_signal is another than the image's
}

// CapAdd is the smallest set that the image needs when it is started as root with
// cap_drop: [ALL], in alphabetical order, each once with its weightiest reason. What is optional
// is never in it.
func (s *Service) CapAdd(c Conditions) []Capability {
	wanted := map[Phase]bool{
		FirstStart: true, EveryStart: true, SecondStart: true, Runtime: true, Stop: true,
		BindMount: c.Bind, StopInit: c.Init, HostNetwork: c.HostNetwork, SecretFiles: c.PrivateSecrets, StopSIGTERM: c.OtherSignal,
	}
	var out []Capability
	for _, need := range s.Capabilities {
		if wanted[need.Phase] && !slices.ContainsFunc(out, func(have Capability) bool { return have.Cap == need.Cap }) {
			out = append(out, need)
		}
	}
	slices.SortStableFunc(out, func(a, b Capability) int { return cmp.Compare(a.Cap, b.Cap) })
	return out
}

// names of capabilities.
func names(list []Capability) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Cap)
	}
	return out
}
