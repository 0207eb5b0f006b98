package service

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var privileged = &transform.Rule{
	ID:     "privileged",
	Title:  "Services run without privileged mode and without capabilities that own the host",
	Safety: transform.Manual,
	Doc: "`privileged: true`" + ` gives a container every capability and every device, and takes its seccomp and AppArmor profiles away: root in it is root on
the host. It is mostly there for one device or one capability. The rule names that one where it is known (VPN, FUSE, serial adapters,
graphics processors, engines in containers), from the image or from what the service mounts and lists under ` + "`devices`" + `; else it says how to find it.

Capabilities of ` + "`cap_add`" + ` that are as good as root on the host (` + "`ALL`, `SYS_ADMIN`, `SYS_MODULE`" + ` …) or that reach beyond the container are named, too, with
what stands for them, as are privileged builds and privileged hooks (` + "`post_start`, `pre_stop`" + `).

What a service really needs only a run shows, so nothing is changed. ` + "`cap_drop`" + ` is no help beside ` + "`privileged: true`" + `, which overrides it.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.4", Title: "Ensure that Linux kernel capabilities are restricted within containers"},
		{Framework: "CIS Docker Benchmark", ID: "5.5", Title: "Ensure that privileged containers are not used"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 3", Title: "Limit capabilities (Grant only specific capabilities, needed by a container)"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: Privileged Containers", Title: "Privileged Pods disable most security mechanisms and must be disallowed"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: Capabilities", Title: "Adding additional capabilities beyond those listed below must be disallowed"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: /proc Mount Type", Title: "The default /proc masks are set up to reduce attack surface, and should be required"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Capabilities", Title: "Containers must drop ALL capabilities, and are only permitted to add back the NET_BIND_SERVICE capability"},
	},
	CheckService: checkPrivileged,
}

// findOut is what to do when nothing tells what a service needs.
const findOut = `start it without and read what it is refused: files below /dev go to devices:, "Operation not permitted" is a capability for cap_add: (capable-bpfcc on the host names it)`

func checkPrivileged(p *transform.ServicePass) []transform.Finding {
	return reviewed(p, func(r *review) {
		if compose.True(r.text("privileged")) {
			privilegedMode(r)
		} else {
			for _, name := range r.s.List("cap_add") {
				addedCapability(r, name)
			}
		}
		if compose.True(r.text("build", "privileged")) {
			r.yours("build", "privileged", nil, "drop privileged: true from build: a step of the Dockerfile can take over the host; let the steps do without, or mark the one with RUN --security=insecure and build it apart")
		}
		if slices.Contains(r.s.List("build", "entitlements"), "security.insecure") {
			r.yours("build", "entitlements", nil, "drop security.insecure from entitlements: a step of the Dockerfile can take over the host")
		}
		for _, key := range []string{"post_start", "pre_stop"} {
			hooks, _ := r.s.Value(key).([]any)
			for _, h := range hooks {
				if m, ok := h.(map[string]any); ok && m["privileged"] == true {
					r.yours(key, "", nil, "drop privileged: true from %s: write user: root there if it is about files", key)
				}
			}
		}
	})
}

// privilegedMode says what stands for privileged: true.
func privilegedMode(r *review) {
	name := knowledge.ImageName(r.image())
	need, known := knowledge.PrivilegesOf(r.image())
	if !known {
		privilegedHints(r)
		return
	}
	say := func(format string, args ...any) { r.yours("privileged", "", []string{need.Source}, format, args...) }
	lines := neededLines(r, need)
	note := ""
	if need.Note != "" {
		note = "; " + need.Note
	}
	switch {
	case need.Instead != "":
		say("privileged: true makes root in %s root on the host; %s", name, need.Instead)
	case need.Nothing && need.SELinux:
		say("drop privileged: true: %s works without, on a host with SELinux by security_opt: [label:disable]", name)
	case need.Nothing:
		say("drop privileged: true: %s works without", name)
	case len(lines) == 0:
		say("drop privileged: true: the service has what %s needs for %s", name, need.What)
	case need.When != "":
		say("drop privileged: true; only if %s, write %s in its place%s", need.When, enumerate(lines), note)
	default:
		say("replace privileged: true by %s, which is what %s needs for %s%s", enumerate(lines), name, need.What, note)
	}
}

// neededLines are the lines of what an image needs and the service does not say yet.
func neededLines(r *review, need knowledge.Privileges) []string {
	var lines []string
	if caps := missing(need.CapAdd, capNames(r.s.List("cap_add"))); len(caps) > 0 {
		lines = append(lines, flowList("cap_add", caps))
	}
	var devices []string
	for _, d := range need.Devices {
		if !slices.Contains(deviceSources(r), d) {
			devices = append(devices, deviceLine(d))
		}
	}
	if len(devices) > 0 {
		lines = append(lines, flowList("devices", devices))
	}
	if opts := missing(need.SecurityOpt, r.s.List("security_opt")); len(opts) > 0 {
		lines = append(lines, flowList("security_opt", opts)+" where AppArmor refuses it")
	}
	if len(need.Sysctls) > 0 && !r.s.Has("sysctls") {
		lines = append(lines, flowList("sysctls", need.Sysctls))
	}
	return lines
}

// missing are the items of want that are not among have.
func missing(want, have []string) []string {
	var out []string
	for _, w := range want {
		if !slices.Contains(have, w) {
			out = append(out, w)
		}
	}
	return out
}

func capNames(list []string) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = knowledge.CapName(c)
	}
	return out
}

// addedCapability judges one capability of cap_add.
func addedCapability(r *review, written string) {
	named, _ := knowledge.ExpandDefaults(written)
	power, ok := knowledge.PowerOf(named)
	if !ok {
		return
	}
	name := knowledge.ImageName(r.image())
	need, known := knowledge.PrivilegesOf(r.image())
	sources := []string{need.Source, power.Source}
	switch needs := known && slices.Contains(need.CapAdd, power.Cap); {
	case needs && need.When != "":
		r.yours("cap_add", written, sources, "drop %s from cap_add unless %s: it gives %s", written, need.When, power.Gives)
	case needs && power.Root:
		r.yours("cap_add", written, sources, "%s, which %s needs for %s, is close to root on the host (%s): keep it only where that is worth it", written, name, need.What, power.Gives)
	case needs:
		r.done("cap_add", written, "%s needs %s for %s", name, written, need.What)
	case power.Cap == "NET_ADMIN" && slices.Contains(deviceSources(r), "/dev/net/tun"):
		r.done("cap_add", written, "%s goes with /dev/net/tun", written)
	case power.Cap == "ALL" && known && len(neededLines(r, need)) > 0:
		r.yours("cap_add", written, sources, "replace cap_add: [%s] by %s, which is what %s needs for %s", written, enumerate(neededLines(r, need)), name, need.What)
	case power.Cap == "ALL":
		r.yours("cap_add", written, sources, "drop %s from cap_add, which makes root in the container root on the host: %s", written, findOut)
	case power.Root:
		r.yours("cap_add", written, sources, "drop %s from cap_add, which is close to root on the host (%s): %s", written, power.Gives, power.Instead)
	default:
		r.yours("cap_add", written, sources, "drop %s from cap_add unless it cannot do without: it gives %s; %s", written, power.Gives, power.Instead)
	}
}
