package knowledge

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// strict decodes embedded data and refuses fields that nothing reads.
func strict(t *testing.T, data []byte, into any) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestBasesData(t *testing.T) {
	var sections map[string][]*Base
	strict(t, basesYAML, &sections)
	seen := map[string]bool{}
	families := []string{"debian", "alpine", "rhel", "wolfi", "busybox", "distroless", "azurelinux", "suse", "arch", "none"}
	for section, list := range sections {
		for _, b := range list {
			for _, name := range append([]string{b.Image}, b.Aliases...) {
				if seen[name] {
					t.Errorf("%s stands twice", name)
				}
				seen[name] = true
				if name != strings.ToLower(name) || strings.HasPrefix(name, "library/") {
					t.Errorf("%s is not a repository as it is looked up", name)
				}
			}
			if len(b.Sources) == 0 {
				t.Errorf("%s: %s has no source", section, b.Image)
			}
			if !slices.Contains([]string{"primary", "secondary", "inferred"}, b.Confidence) {
				t.Errorf("%s: %s: confidence %q", section, b.Image, b.Confidence)
			}
			if !slices.Contains(families, b.Family) || b.PackageManager == "" || b.DefaultUser == "" {
				t.Errorf("%s: %s lacks family, manager or user", section, b.Image)
			}
			if o := b.OwnUser; o != nil && (o.Name == "" || o.UID == 0 || o.Home == "") {
				t.Errorf("%s: %s: own user %+v is not complete", section, b.Image, *o)
			}
		}
	}
}

func TestSetuidData(t *testing.T) {
	var data struct {
		Helpers []SetuidHelper `yaml:"helpers"`
	}
	strict(t, setuidYAML, &data)
	seen := map[string]bool{}
	for _, h := range data.Helpers {
		if len(h.Programs) == 0 || h.Source == "" {
			t.Errorf("%v lacks programs or a source", h.Programs)
		}
		for _, name := range h.Programs {
			if seen[name] || strings.ContainsAny(name, "/ *?[") {
				t.Errorf("%s stands twice, or is no name of a file", name)
			}
			seen[name] = true
		}
	}
}

func TestProgramsData(t *testing.T) {
	var p programData
	strict(t, programsYAML, &p)
	seen := map[string]bool{}
	for _, d := range p.Daemons {
		if d.Why == "" || d.Source == "" {
			t.Errorf("daemon %v has no reason or source", d.Packages)
		}
		for _, n := range d.Packages {
			if seen[n] {
				t.Errorf("package %s stands twice", n)
			}
			seen[n] = true
		}
	}
	for _, r := range p.RootOnly {
		if r.Match == "" || r.Tool == "" || r.Path == "" || r.Source == "" {
			t.Errorf("root_only %+v is not complete", r)
		}
	}
	for _, s := range p.StateDirs {
		if len(s.Names) == 0 || s.Source == "" {
			t.Errorf("state_dirs %+v is not complete", s)
		}
	}
	for _, i := range p.Inits {
		if i.Source == "" {
			t.Errorf("inits %v have no source", i.Names)
		}
	}
	if p.DropTools.Source == "" || len(p.DropTools.Names) == 0 {
		t.Error("drop_tools has no source")
	}
}

func TestRecommendsData(t *testing.T) {
	var r recommendsTable
	strict(t, recommendsYAML, &r)
	if r.Source == "" || len(r.Harmless) < 200 {
		t.Errorf("the table has %d harmless packages, source %q", len(r.Harmless), r.Source)
	}
	for _, p := range r.Harmless {
		if len(r.Needs[p]) > 0 {
			t.Errorf("%s is harmless and needs %v", p, r.Needs[p])
		}
	}
	if needs, known := Recommends("git"); !known || !slices.Contains(needs, "openssh-client") {
		t.Errorf("git needs %v", needs)
	}
	if _, known := Recommends("no-such-package"); known {
		t.Error("a package that the table does not have is known")
	}
}

func TestParseRef(t *testing.T) {
	for ref, want := range map[string]Ref{
		"python":                                {Repository: "python"},
		"python:3.13-slim":                      {Repository: "python", Tag: "3.13-slim"},
		"docker.io/library/python:3":            {Repository: "python", Tag: "3"},
		"docker.io/bitnami/redis":               {Repository: "bitnami/redis"},
		"public.ecr.aws/docker/library/node:24": {Repository: "node", Tag: "24"},
		"localhost:5000/foo:1.2":                {Repository: "localhost:5000/foo", Tag: "1.2"},
		"registry.example.org:5000/a/b":         {Repository: "registry.example.org:5000/a/b"},
		"debian@sha256:abc":                     {Repository: "debian", Digest: "sha256:abc"},
		"debian:12@sha256:abc":                  {Repository: "debian", Tag: "12", Digest: "sha256:abc"},
		"gitlab.example.org/g/dependency_proxy/containers/alpine:3": {Repository: "alpine", Tag: "3"},
	} {
		if got := ParseRef(ref); got != want {
			t.Errorf("%s: %+v, want %+v", ref, got, want)
		}
	}
}

func TestLookupBase(t *testing.T) {
	tests := []struct {
		ref, family, manager, add string
		own                       string
	}{
		{"python:3.13", "debian", "apt", "shadow", ""},
		{"python:3.13-alpine3.24", "alpine", "apk", "busybox", ""},
		{"node:24-alpine", "alpine", "apk", "busybox", "node"},
		{"amazoncorretto:21-alpine-jdk", "alpine", "apk", "busybox", ""},
		{"php:8.4-alpine", "alpine", "apk", "busybox", "www-data"},
		{"eclipse-temurin:21-jre-ubi9-minimal", "rhel", "microdnf", "rpm_minimal", ""},
		{"gcr.io/distroless/static-debian13:nonroot", "distroless", "none", "none", "nonroot"},
		{"scratch", "none", "none", "none", ""},
		{"centos:7", "rhel", "yum", "shadow", ""},
		{"centos:8", "rhel", "dnf", "shadow", ""},
		{"amazonlinux:2", "rhel", "yum", "rpm_minimal", ""},
		{"somebody/tool:1.2-alpine", "alpine", "apk", "busybox", ""},
		{"mcr.microsoft.com/dotnet/aspnet:7.0", "debian", "apt", "shadow", ""},
		{"mcr.microsoft.com/dotnet/aspnet:10.0", "debian", "apt", "shadow", "app"},
	}
	for _, tt := range tests {
		b := LookupBase(tt.ref)
		if b == nil {
			t.Errorf("%s is not known", tt.ref)
			continue
		}
		own := ""
		if b.OwnUser != nil {
			own = b.OwnUser.Name
		}
		if b.Family != tt.family || b.PackageManager != tt.manager || b.AddUser != tt.add || own != tt.own {
			t.Errorf("%s: family %s, manager %s, users by %s, own user %q; want %+v", tt.ref, b.Family, b.PackageManager, b.AddUser, own, tt)
		}
	}
	if b := LookupBase("registry.example.org/team/base:1.2"); b != nil {
		t.Errorf("an unknown image is taken for %s", b.Image)
	}
	if !LookupBase("gcr.io/distroless/base:nonroot").NonRoot || LookupBase("python:3").NonRoot {
		t.Error("who runs unprivileged is mixed up")
	}
	if LookupBase("php:8-alpine").OwnUser.UID != 82 || LookupBase("php:8").OwnUser.UID != 33 {
		t.Error("www-data has the same uid everywhere")
	}
}

func TestUbuntuUser(t *testing.T) {
	for ref, want := range map[string]bool{"ubuntu:24.04": true, "ubuntu:22.04": false, "ubuntu:jammy": false, "debian:12": false} {
		if _, taken := LookupBase(ref).UIDTaken(1000); taken != want {
			t.Errorf("%s: uid 1000 taken: %v", ref, taken)
		}
	}
}

func TestAddUserCommands(t *testing.T) {
	for ref, want := range map[string]string{
		"debian:12":     "groupadd --gid 10001 app | useradd --uid 10001 --gid 10001 --create-home --home-dir /home/app --shell /usr/sbin/nologin app",
		"alpine:3.24":   "addgroup -g 10001 app | adduser -D -u 10001 -G app -h /home/app -s /sbin/nologin app",
		"fedora:44":     "groupadd --gid 10001 app | useradd --uid 10001 --gid 10001 --create-home --home-dir /home/app --shell /sbin/nologin app",
		"amazonlinux:2": "yum install -y shadow-utils | groupadd --gid 10001 app | useradd --uid 10001 --gid 10001 --create-home --home-dir /home/app --shell /sbin/nologin app | yum clean all",
		"scratch":       "",
	} {
		got, ok := AddUserCommands(LookupBase(ref), "app", 10001, 10001, "/home/app")
		if strings.Join(got, " | ") != want || ok != (want != "") {
			t.Errorf("%s: %q", ref, got)
		}
	}
}

func TestPrograms(t *testing.T) {
	if _, ok := PackageDaemon("apt", "nginx"); !ok {
		t.Error("nginx is no daemon")
	}
	if _, ok := PackageDaemon("pip", "supervisor"); ok {
		t.Error("a Python package is a daemon")
	}
	if !DropTool("/usr/local/bin/gosu") || DropTool("tini") {
		t.Error("who drops privileges is mixed up")
	}
	if i, ok := InitTool("tini"); !ok || !i.Harmless {
		t.Error("tini is not harmless")
	}
	never := func(string) bool { return false }
	if _, ok := RootOnly("curl https://sh.rustup.rs | sh", never); !ok {
		t.Error("rustup does not go to the home directory")
	}
	if _, ok := RootOnly("curl https://sh.rustup.rs | sh", func(name string) bool { return name == "CARGO_HOME" }); ok {
		t.Error("CARGO_HOME is ignored")
	}
	if s, ok := StateName("media"); !ok || !s.Shared {
		t.Error("media is no shared state")
	}
}

func BenchmarkLookupBase(b *testing.B) {
	for b.Loop() {
		LookupBase("python:3.13-slim")
	}
}
