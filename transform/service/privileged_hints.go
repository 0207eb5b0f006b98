package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// deviceSources are the devices that a service lists, as the host has them.
func deviceSources(r *review) []string {
	list, _ := r.s.Value("devices").([]any)
	var out []string
	for _, e := range list {
		switch v := e.(type) {
		case map[string]any:
			source, _ := v["source"].(string)
			out = append(out, source)
		case string:
			source, _, _ := strings.Cut(v, ":")
			out = append(out, source)
		}
	}
	return out
}

// deviceLine writes an entry of devices.
func deviceLine(source string) string {
	if strings.Contains(source, ":") {
		return source
	}
	return source + ":" + source
}

// hints are what the mounts and devices of a service tell of its needs.
type hints struct {
	caps, devices, options, rules []string
	what, other, sources          []string
}

func (h *hints) add(list *[]string, items ...string) {
	for _, item := range items {
		if !slices.Contains(*list, item) {
			*list = append(*list, item)
		}
	}
}

// device takes a file below /dev in; listed says that the service has it under devices.
func (h *hints) device(name string, listed bool) {
	d, known := knowledge.DeviceAt(name)
	if known && d.Instead != "" {
		h.add(&h.other, d.Instead)
	} else if !listed {
		h.add(&h.devices, deviceLine(name))
	}
	if known {
		h.add(&h.what, d.What)
		h.add(&h.caps, d.CapAdd...)
		h.add(&h.options, d.SecurityOpt...)
		h.add(&h.rules, d.CgroupRules...)
		h.add(&h.sources, d.Source)
	}
}

// privilegedHints says what stands for privileged: true in a service whose image is not known.
func privilegedHints(r *review) {
	var h hints
	listed := deviceSources(r)
	for _, name := range listed {
		h.device(name, true)
	}
	var places []string
	for _, m := range r.s.Mounts() {
		source := hostSource(r.s, m)
		switch {
		case socketKind(m.Target) != "" || socketKind(source) != "":
			h.add(&places, "the engine's socket needs none of it (on a host with SELinux write security_opt: [label:disable])")
		case source == "/dev":
			h.add(&places, "list the devices that it uses under devices: in place of the mount of /dev")
		case source == "/dev/shm" || source == "/dev/log":
		case strings.HasPrefix(source, "/dev/"):
			h.device(source, slices.Contains(listed, source))
		case source == "/sys/fs/cgroup":
			h.add(&places, "systemd in a container takes cgroup: private and tmpfs: [/run, /run/lock] in place of the mount of /sys/fs/cgroup")
		case source == "/lib/modules":
			h.add(&places, "load kernel modules on the host (a file in /etc/modules-load.d)")
		}
	}
	h.caps = missing(h.caps, capNames(r.s.List("cap_add")))
	h.options = missing(h.options, r.s.List("security_opt"))
	lines := h.lines()
	switch {
	case len(lines) > 0:
		advice := strings.Join(places, "; ")
		if advice != "" {
			advice += "; "
		}
		r.yours("privileged", "", h.sources, "replace privileged: true by %s%s; %sits log says what else it is refused", enumerate(lines), purpose(h.what), advice)
	case len(places) > 0:
		r.yours("privileged", "", nil, "drop privileged: true: %s; its log says what else it is refused", strings.Join(places, "; "))
	case len(listed) > 0:
		r.yours("privileged", "", h.sources, "drop privileged: true: devices: gives the service %s; its log says what else it is refused", enumerate(listed))
	default:
		r.yours("privileged", "", nil, "drop privileged: true, which makes root in the container root on the host: %s", findOut)
	}
}

func (h *hints) lines() []string {
	var out []string
	for _, l := range []struct {
		key   string
		items []string
	}{{"cap_add", h.caps}, {"devices", h.devices}, {"device_cgroup_rules", h.rules}, {"security_opt", h.options}} {
		if len(l.items) > 0 {
			out = append(out, flowList(l.key, l.items))
		}
	}
	return append(out, h.other...)
}

func purpose(what []string) string {
	if len(what) == 0 {
		return ""
	}
	return " (" + strings.Join(what, ", ") + ")"
}
