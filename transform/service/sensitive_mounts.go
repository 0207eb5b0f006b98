package service

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var sensitiveMounts = &transform.Rule{
	ID:     "sensitive-mounts",
	Title:  "Services do not mount what belongs to the host",
	Safety: transform.Manual,
	Doc: "A service that can write to `/etc`, `/usr`, `/root` or `/`" + ` of the host becomes root there by the next cron job or login; one that can only read them has the
keys and passwords of everything else. Home directories hold the keys of cloud accounts, clusters and registries.

The rule names mounts of such places, behind named volumes that bind them, too, and what to write in their place: the file that is needed, a
secret, ` + "`devices`, `sysctls`, `shm_size`" + `. Where reading is all that anyone does (time zone, certificates, logs, kernel modules) it asks for ` + "`:ro`" + ` alone.
Images that measure the host by design (node-exporter, cadvisor, promtail …) may read what they are documented to read.

What an application does with a mount only a run shows, so nothing is changed. Directories of an application below ` + "`/etc`, `/home` or `/var/lib`" + ` are no matter of
this rule, and sockets of engines have their own, docker-socket.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.6", Title: "Ensure sensitive host system directories are not mounted on containers"},
		{Framework: "NIST SP 800-190", ID: "4.5.5", Title: "Host file system tampering"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: HostPath Volumes", Title: "HostPath volumes must be forbidden"},
	},
	CheckService: checkSensitiveMounts,
}

func checkSensitiveMounts(p *transform.ServicePass) []transform.Finding {
	return reviewed(p, func(r *review) {
		for _, m := range r.s.Mounts() {
			source := m.Source
			if m.Type == "volume" {
				source = boundVolume(r.s.Project(), m.Source)
			}
			if socketKind(hostSource(r.s, m)) != "" || socketKind(m.Target) != "" {
				continue
			}
			if place, ok := knowledge.HostPathAt(source); ok && !place.Always {
				sensitiveMount(r, m, source, place)
			}
		}
	})
}

// sensitiveMount says what stands for a mount of a place of the host.
func sensitiveMount(r *review, m compose.Mount, source string, place knowledge.HostPath) {
	text, _ := knowledge.ExpandDefaults(source)
	path := knowledge.CleanHostPath(text)
	reader, reads := knowledge.ReadsHost(r.image(), place.Path)
	name := knowledge.ImageName(r.image())
	readOnly := readOnlyLine(r, m)
	say := func(format string, args ...any) {
		r.yours("volumes", m.Target, []string{reader.Source, place.Source}, format, args...)
	}
	switch {
	case reads && m.ReadOnly || place.Enough && m.ReadOnly:
	case reads:
		say("write %s: %s only reads it, for %s", readOnly, name, reader.What)
	case place.Enough:
		say("write %s unless it has to change it: %s holds %s", readOnly, source, place.Holds)
	case place.Device && path == "/dev":
		say("list the devices that it uses under devices: in place of the mount of /dev, which holds %s", place.Holds)
	case place.Device:
		if !r.s.True("privileged") { // that rule names the device
			say("write %s in place of the mount of %s, which the container is not allowed to open", flowList("devices", []string{path + ":" + m.Target}), path)
		}
	case place.Instead == "" && m.ReadOnly:
		say("drop the mount of %s unless it measures the host: it holds %s", source, place.Holds)
	case place.Instead == "":
		say("drop the mount of %s unless it measures the host, and then write %s: it holds %s", source, readOnly, place.Holds)
	case place.Sockets:
		say("drop the mount of %s, which holds %s, and :ro does not change what they do: %s", source, place.Holds, place.Instead)
	case m.ReadOnly:
		say("drop the mount of %s, which holds %s, readable also with :ro: %s", source, place.Holds, place.Instead)
	case strings.HasPrefix(place.Path, "/dev"):
		say("drop the mount of %s, which holds %s: %s", source, place.Holds, place.Instead)
	default:
		say("drop the mount of %s, which holds %s: %s; if it only reads it, write %s at least", source, place.Holds, place.Instead, readOnly)
	}
}

// readOnlyLine is the mount with ro, in the form that the file has it in.
func readOnlyLine(r *review, m compose.Mount) string {
	at, _ := r.place("volumes", m.Target)
	switch {
	case at.Found && at.Text == "":
		return "read_only: true at the mount of " + m.Target
	case !at.Found:
		return m.Source + ":" + m.Target + ":ro"
	}
	text := strings.TrimSpace(at.Text)
	if strings.HasSuffix(strings.TrimRight(text, "/"), ":"+strings.TrimRight(m.Target, "/")) || m.Target == "/" && strings.HasSuffix(text, ":/") {
		return text + ":ro"
	}
	head, options := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		head, options = text[:i], text[i+1:]
	}
	list := []string{"ro"}
	for option := range strings.SplitSeq(options, ",") {
		if option != "rw" && option != "" {
			list = append(list, option)
		}
	}
	return head + ":" + strings.Join(list, ",")
}
