package knowledge

import (
	"slices"
	"strings"
	"testing"
)

// TestPrivilegedData: an entry says what to write, and where that is known from.
func TestPrivilegedData(t *testing.T) {
	var d privilegedData
	strict(t, privilegedYAML, &d)
	seen := map[string]bool{}
	for _, p := range d.Images {
		lines := len(p.CapAdd) + len(p.Devices) + len(p.SecurityOpt) + len(p.Sysctls)
		says := 0
		for _, yes := range []bool{p.Nothing, p.Instead != "", lines > 0} {
			if yes {
				says++
			}
		}
		if says != 1 || p.Source == "" || !p.Nothing && p.What == "" {
			t.Errorf("%v: it must say one of nothing, instead and lines, what for, and its source", p.Images)
		}
		checkImages(t, p.Images, seen)
	}
	for _, dev := range d.Devices {
		if !strings.HasPrefix(dev.Path, "/dev/") || dev.What == "" || dev.Source == "" {
			t.Errorf("device %+v is not complete", dev)
		}
	}
	for _, c := range d.Capabilities {
		if c.Cap != CapName(c.Cap) || c.Gives == "" || c.Instead == "" || c.Source == "" {
			t.Errorf("capability %+v is not complete", c)
		}
	}
}

// checkImages holds names against how they are looked up.
func checkImages(t *testing.T, images []string, seen map[string]bool) {
	t.Helper()
	if len(images) == 0 {
		t.Error("an entry has no images")
	}
	for _, name := range images {
		if name != repository(name) {
			t.Errorf("%s is looked up as %s", name, repository(name))
		}
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
	}
}

func TestHostData(t *testing.T) {
	var d hostData
	strict(t, hostYAML, &d)
	seen := map[string]bool{}
	for _, s := range d.Sockets {
		if (s.Instead == "") == (len(s.Sections) == 0) || len(s.Sections) > 0 && s.Connect == "" || s.Source == "" {
			t.Errorf("socket %v: it must say the sections and how to connect, or what to do instead", s.Images)
		}
		checkImages(t, s.Images, seen)
	}
	checkImages(t, d.Proxies.Images, map[string]bool{})
	for _, name := range append(slices.Clone(d.Proxies.Sections), d.Proxies.Use) {
		if !slices.Contains(d.Proxies.Images, name) {
			t.Errorf("%s is no proxy", name)
		}
	}
	paths := map[string]bool{}
	for _, m := range d.Mounts {
		if m.Path != CleanHostPath(m.Path) || m.Holds == "" || m.Source == "" || paths[m.Path] || m.Always && !m.Enough {
			t.Errorf("mount %+v is not complete or stands twice", m)
		}
		paths[m.Path] = true
	}
	for _, s := range d.Secrets {
		if s.Name == "" || s.Holds == "" || s.Instead == "" {
			t.Errorf("secret %+v is not complete", s)
		}
	}
	for _, r := range d.Readers {
		checkImages(t, r.Images, map[string]bool{})
		for _, p := range r.Paths {
			if p != CleanHostPath(p) || r.What == "" || r.Source == "" {
				t.Errorf("reader %v: %s is not as it is looked up, or the entry is not complete", r.Images, p)
			}
		}
	}
	seen = map[string]bool{}
	for _, n := range d.Namespaces {
		if n.PID == "" && n.Network == "" && len(n.Ports) == 0 || n.Source == "" {
			t.Errorf("namespaces of %v are not complete", n.Images)
		}
		checkImages(t, n.Images, seen)
	}
	for _, p := range d.Profiles {
		if (p.Needs == "") == (p.Instead == "") || !slices.Contains([]string{"seccomp", "apparmor"}, p.Option) || p.Source == "" {
			t.Errorf("profile of %v is not complete", p.Images)
		}
		checkImages(t, p.Images, map[string]bool{})
	}
}

// TestHostPathAt: the nearest entry counts, and what belongs to an application is no matter.
func TestHostPathAt(t *testing.T) {
	for source, want := range map[string]string{
		"/":                          "/",
		"/etc/":                      "/etc",
		"/etc/pihole/":               "",
		"/etc/localtime":             "/etc/localtime",
		"/etc/ssh/ssh_host_rsa_key":  "/etc/ssh",
		"/var/run":                   "/run",
		"/var/run/dbus/system_bus":   "/run/dbus",
		"/var/runner":                "",
		"/proc/1/ns":                 "/proc",
		"/sys/class/gpio":            "/sys",
		"/dev/ttyUSB0":               "/dev",
		"~/.ssh":                     "~/.ssh",
		"~/.ssh/id_ed25519":          "~/.ssh/id_ed25519",
		"~/.config/app":              "",
		"${HOME}":                    "${HOME}",
		"${HOME:-/root}/.aws":        "${HOME:-/root}/.aws",
		"/home/me/":                  "/home/me",
		"/home/me/app":               "",
		"/root/.kube/config":         "/root/.kube/config",
		"${DATA:-/usr}":              "/usr",
		"${DATA}":                    "",
		"./etc":                      "",
		"/srv/data":                  "",
		"/var/lib/docker/volumes/x/": "/var/lib/docker",
	} {
		got, ok := HostPathAt(source)
		if got.Path != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", source, got.Path, want)
		}
	}
}

func TestHostLookups(t *testing.T) {
	if s, ok := SocketUseOf("docker.io/library/traefik:v3.5"); !ok || !slices.Equal(s.Sections, []string{"CONTAINERS"}) {
		t.Errorf("traefik uses %v of the socket", s.Sections)
	}
	if _, ok := SocketUseOf("${IMAGE}"); ok {
		t.Error("an image that a variable hides is known")
	}
	if proxy, sections := SocketProxy("wollomatic/socket-proxy:1"); !proxy || sections {
		t.Error("wollomatic/socket-proxy is a proxy, and takes no sections")
	}
	if p, ok := PrivilegesOf("docker:28-dind"); !ok || p.Instead == "" {
		t.Error("docker:dind is not known")
	}
	if _, ok := PrivilegesOf("docker:28-cli"); ok {
		t.Error("docker:cli is taken for an engine")
	}
	if d, ok := DeviceAt("/dev/ttyUSB0"); !ok || d.What == "" {
		t.Error("/dev/ttyUSB0 is not known")
	}
	if _, ok := DeviceAt("/dev/frobnicator"); ok {
		t.Error("a device that nobody knows is known")
	}
	if p, ok := PowerOf("cap_sys_admin"); !ok || !p.Root {
		t.Error("SYS_ADMIN is harmless")
	}
	if _, ok := PowerOf("CHOWN"); ok {
		t.Error("CHOWN is dangerous")
	}
	if _, ok := ReadsHost("prom/node-exporter:v1.9.1", "/proc"); !ok {
		t.Error("node-exporter does not read /proc")
	}
	if n, ok := NamespacesOf("plexinc/pms-docker"); !ok || len(n.Ports) == 0 {
		t.Error("plex has no ports")
	}
	if _, ok := ProfileUseOf("mysql:8.4", "apparmor"); ok {
		t.Error("mysql is known to run without AppArmor")
	}
}
