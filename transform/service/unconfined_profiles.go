package service

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var unconfinedProfiles = &transform.Rule{
	ID:     "unconfined-profiles",
	Title:  "Services keep Docker's seccomp, AppArmor and SELinux profiles",
	Safety: transform.Manual,
	Doc: `Docker's seccomp profile refuses system calls that applications have no use for and that most ways out of a container began with; its AppArmor profile
refuses mounts and writes to the kernel's files; SELinux keeps containers from each other's files; masked paths hide parts of ` + "`/proc` and `/sys`" + `.
` + "`seccomp:unconfined`, `apparmor:unconfined`, `label:disable` and `systempaths=unconfined`" + ` switch them off for good, mostly because of one call that is long allowed.

Only a run shows what a service needs, so nothing is changed. The findings name what stands for the option: the capability that allows the call, or a
profile of its own, which is Docker's (` + "`github.com/moby/profiles`" + `) with the calls added that the audit log names.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.2", Title: "Ensure that, if applicable, an AppArmor Profile is enabled"},
		{Framework: "CIS Docker Benchmark", ID: "5.3", Title: "Ensure that, if applicable, SELinux security options are set"},
		{Framework: "CIS Docker Benchmark", ID: "5.22", Title: "Ensure the default seccomp profile is not Disabled"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 6", Title: "Use Linux Security Module (seccomp, AppArmor, or SELinux) for Runtime Security"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: Seccomp", Title: "Seccomp profile must not be explicitly set to Unconfined"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Seccomp", Title: "Seccomp profile must be explicitly set to one of the allowed values. Both the Unconfined profile and the absence of a profile are prohibited"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: AppArmor", Title: "The baseline policy should prevent overriding or disabling the default AppArmor profile, or restrict overrides to an allowed set of profiles"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: SELinux", Title: "Setting the SELinux type is restricted, and setting a custom SELinux user or role option is forbidden"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: /proc Mount Type", Title: "The default /proc masks are set up to reduce attack surface, and should be required"},
	},
	CheckService: checkUnconfinedProfiles,
}

// unconfined is what stands for an option that switches a profile off.
var unconfined = map[string]string{
	"seccomp=unconfined": "drop %s from security_opt: Docker's profile allows ptrace since Linux 4.8, and memory policies with cap_add: [SYS_NICE]; " +
		"if a call is still refused (the audit log names it), write seccomp:./seccomp.json with Docker's profile and that call added",
	"apparmor=unconfined": "drop %s from security_opt: write apparmor:<profile> with Docker's docker-default and what the audit log shows to be refused, loaded by apparmor_parser",
	"label=disable": "drop %s from security_opt: let the mounts have the container's label with :z (shared by containers) or :Z (this one's alone), as in ./data:/data:Z, " +
		"or write label:type:<type> with a type of its own (udica makes one)",
	"systempaths=unconfined": "drop %s from security_opt: write sysctls: for the settings of the kernel that it changes; only containers in this container (BuildKit, Podman) need all of /proc and /sys",
}

func checkUnconfinedProfiles(p *transform.ServicePass) []transform.Finding {
	return reviewed(p, func(r *review) {
		for _, option := range r.s.List("security_opt") {
			text, _ := knowledge.ExpandDefaults(option)
			name := normalOption(text)
			advice, ok := unconfined[name]
			if !ok {
				continue
			}
			profile, _, _ := strings.Cut(name, "=")
			use, known := knowledge.ProfileUseOf(r.image(), profile)
			said := len(r.out)
			switch image := knowledge.ImageName(r.image()); {
			case known && use.Needs != "":
				r.yours("security_opt", option, []string{use.Source}, "%s of %s is for %s; replace it by a profile of its own, "+
					"apparmor:<profile> with Docker's docker-default and what the audit log shows to be refused", option, image, use.Needs)
			case known:
				r.yours("security_opt", option, []string{use.Source}, "drop %s from security_opt: %s", option, use.Instead)
			default:
				r.yours("security_opt", option, nil, advice, option)
			}
			for i := range r.out[said:] {
				r.out[said+i].About = []string{profile}
			}
		}
	})
}

// normalOption writes an option of security_opt as name=value, in any spelling that the engine takes.
func normalOption(option string) string {
	name, value, found := strings.Cut(option, "=")
	if colon := strings.IndexByte(option, ':'); colon >= 0 && (!found || colon < len(name)) {
		name, value = option[:colon], option[colon+1:]
	}
	return name + "=" + value
}
