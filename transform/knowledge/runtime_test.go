package knowledge

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestRuntimeData(t *testing.T) {
	var d runtimeData
	strict(t, runtimeYAML, &d)
	if d.LTS == "" {
		t.Error("no LTS")
	}
	for style, list := range map[RuntimeStyle][]*runtimeRule{BaseSlim: d.Slim, BaseAlpine: d.Alpine, BaseUbuntu: d.Ubuntu, BaseDistroless: d.Distroless} {
		if len(list) == 0 {
			t.Errorf("%s has no rules", style)
		}
		for _, r := range list {
			if len(r.Sources) == 0 || r.Confidence == "" || r.To != "" && r.Cost == "" {
				t.Errorf("%s: %s lacks source, confidence or cost", style, r.Match)
			}
			if _, err := regexp.Compile(runtimePatterns.Replace(r.Match)); err != nil {
				t.Errorf("%s: %v", style, err)
			}
		}
	}
	for _, f := range slices.Concat(d.Full, d.SlimHas) {
		if len(f.Sources) == 0 {
			t.Errorf("full %v has no source", f.Images)
		}
	}
	for _, p := range d.Programs {
		if p.Source == "" || p.Path == "" || len(p.Programs) == 0 {
			t.Errorf("programs of %v are not complete", p.Images)
		}
	}
}

func TestRuntimeBaseFor(t *testing.T) {
	for _, c := range []struct {
		image string
		style RuntimeStyle
		want  string // "" when there is no answer
	}{
		{"python:3.12", BaseSlim, "python:3.12-slim"},
		{"python:3.12-bookworm", BaseSlim, "python:3.12-slim-bookworm"},
		{"python:3.13.0rc2", BaseSlim, "python:3.13.0rc2-slim"},
		{"python", BaseSlim, "python:slim"},
		{"python:latest", BaseSlim, "python:slim"},
		{"python:bookworm", BaseSlim, "python:slim-bookworm"},
		{"python:3.12-slim", BaseSlim, "python:3.12-slim"},
		{"python:3.12-alpine3.20", BaseSlim, "python:3.12-alpine3.20"},
		{"python:3.12-windowsservercore", BaseSlim, ""},
		{"node:20", BaseSlim, "node:20-slim"},
		{"node:20-bookworm", BaseSlim, "node:20-bookworm-slim"},
		{"node:lts", BaseSlim, "node:lts-slim"},
		{"swift:6.0-noble", BaseSlim, "swift:6.0-noble-slim"},
		{"node:alpine", BaseSlim, "node:alpine"},
		{"golang:1.22", BaseSlim, "debian:bookworm-slim"},
		{"golang:1.24", BaseSlim, "debian:trixie-slim"},
		{"golang:1.24.3", BaseSlim, "debian:bookworm-slim"}, // left behind when 1.24 moved on
		{"golang:1.24-bookworm", BaseSlim, "debian:bookworm-slim"},
		{"golang:1.23-alpine", BaseSlim, "alpine:3.22"},
		{"golang:1.23-alpine3.20", BaseSlim, "alpine:3.20"},
		{"golang:1.99", BaseSlim, ""},
		{"golang:1.11", BaseSlim, "debian:trixie-slim"}, // buster is archived
		{"golang:1.13-alpine", BaseSlim, "alpine:3.12"},
		{"centos:7", BaseSlim, "centos:7"},
		{"java:8", BaseSlim, "eclipse-temurin:8-jre"},
		{"rust:1.75-slim-bookworm", BaseSlim, "debian:bookworm-slim"},
		{"php:8.3-apache", BaseSlim, "php:8.3-apache"},
		{"eclipse-temurin:21-jdk", BaseSlim, "eclipse-temurin:21-jre"},
		{"eclipse-temurin:17-jdk-alpine", BaseSlim, "eclipse-temurin:17-jre-alpine"},
		{"eclipse-temurin:21-jre", BaseSlim, "eclipse-temurin:21-jre"},
		{"maven:3.9-eclipse-temurin-21", BaseSlim, "eclipse-temurin:21-jre"},
		{"maven:3.9-eclipse-temurin-17-alpine", BaseSlim, "eclipse-temurin:17-jre-alpine"},
		{"maven:3.9", BaseSlim, ""}, // its JDK moves
		{"gradle:8-jdk21", BaseSlim, "eclipse-temurin:21-jre"},
		{"mcr.microsoft.com/dotnet/sdk:8.0", BaseSlim, "mcr.microsoft.com/dotnet/aspnet:8.0"},
		{"mcr.microsoft.com/dotnet/sdk:8.0.404-alpine3.20", BaseSlim, "mcr.microsoft.com/dotnet/aspnet:8.0-alpine3.20"},
		{"buildpack-deps:bookworm", BaseSlim, "debian:bookworm-slim"},
		{"debian:12", BaseSlim, "debian:12-slim"},
		{"debian:bookworm", BaseSlim, "debian:bookworm-slim"},
		{"ubuntu:22.04", BaseSlim, "ubuntu:22.04"},
		{"alpine:3.20", BaseSlim, "alpine:3.20"},
		{"public.ecr.aws/docker/library/golang:1.22", BaseSlim, "public.ecr.aws/docker/library/debian:bookworm-slim"},
		{"docker.io/python:3.11", BaseSlim, "docker.io/python:3.11-slim"},
		{"gitlab.example.org/g/dependency_proxy/containers/node:20", BaseSlim, "gitlab.example.org/g/dependency_proxy/containers/node:20-slim"},
		{"registry.example.org/python:3.12", BaseSlim, ""},
		{"python:3.12@sha256:0123", BaseSlim, ""},
		{"python:3.12@sha256:0123", BaseKeep, "python:3.12@sha256:0123"},
		{"python:${V:-3.12}", BaseSlim, "python:${V:-3.12}-slim"},
		{"python:${V:-3.12}-${SUITE:-bookworm}", BaseSlim, "python:${V:-3.12}-slim-${SUITE:-bookworm}"},
		{"python:${V:-3.12-bookworm}", BaseSlim, ""},
		{"python:${V}", BaseSlim, ""},
		{"python:${V}-slim", BaseSlim, "python:${V}-slim"},
		{"${BASE:-python}:3.12", BaseSlim, ""},
		{"golang:${V:-1.22}", BaseSlim, "debian:bookworm-slim"},
		{"python:3.12", BaseAlpine, "python:3.12-alpine"},
		{"golang:1.24", BaseUbuntu, ""}, // trixie's glibc is newer than noble's
		{"golang:1.22", BaseUbuntu, "ubuntu:24.04"},
		{"golang:1.24", BaseDistroless, "gcr.io/distroless/base-debian13:nonroot"},
		{"python:3.13", BaseDistroless, "gcr.io/distroless/python3-debian13:nonroot"},
		{"python:3.12", BaseDistroless, ""}, // Debian's Python is 3.13
		{"node:22", BaseDistroless, "gcr.io/distroless/nodejs22-debian13:nonroot"},
	} {
		got, ok := RuntimeBaseFor(c.image, c.style)
		if ok != (c.want != "") || got.Image != c.want {
			t.Errorf("%s, %s: %q, %v, want %q", c.image, c.style, got.Image, ok, c.want)
		}
		if again, ok := RuntimeBaseFor(got.Image, BaseSlim); ok && c.style == BaseSlim && again.Image != got.Image {
			t.Errorf("%s: %s becomes %s", c.image, got.Image, again.Image)
		}
	}
}

func TestRuntimeBaseIsDescribed(t *testing.T) {
	b, _ := RuntimeBaseFor("python:3.12-bookworm", BaseSlim)
	if b.Family != "debian" || b.Manager != "apt" || b.Release != "bookworm" || !b.Shell || b.User != "root" || b.Interpreter != "/usr/local/bin/python3" || b.Same {
		t.Errorf("%+v", b)
	}
	for _, want := range []string{"gcc", "curl", "git"} {
		if !slices.Contains(b.Lost, want) {
			t.Errorf("%s is not lost", want)
		}
	}
	if slices.Contains(b.Lost, "ca-certificates") || !slices.Contains(b.Has, "ca-certificates") || !slices.Contains(b.Programs, "pip") {
		t.Errorf("lost %v, has %v", b.Lost, b.Has)
	}
	d, _ := RuntimeBaseFor("golang:1.22", BaseDistroless)
	if d.Shell || d.Manager != "none" || d.User != "nonroot" || d.Static == "" {
		t.Errorf("%+v", d)
	}
	k, _ := RuntimeBaseFor("node:20-alpine", BaseSlim)
	if !k.Same || k.Family != "alpine" || k.Manager != "apk" || k.OwnUser == nil || k.Cost != "" {
		t.Errorf("%+v", k)
	}
	vars := func(name string) (string, bool) { return "1.22", name == "GO" }
	if v, ok := RuntimeBaseWith("golang:${GO}", BaseSlim, vars); !ok || v.Image != "debian:bookworm-slim" {
		t.Errorf("%+v", v)
	}
}

func TestFullLibraries(t *testing.T) {
	for release, want := range map[string][]string{
		"bookworm": {"libpq5", "libmariadb3", "libjpeg62-turbo", "libxml2", "libxslt1.1", "libmagickwand-6.q16-6", "libtk8.6"},
		"trixie":   {"libpq5", "libmariadb3", "libmagickwand-7.q16-10", "libglib2.0-0t64"},
	} {
		got := FullLibraries("python:3.12", release)
		for _, library := range got { // the slim one has what Python itself loads
			if slices.Contains([]string{"libssl3", "libssl3t64", "libffi8", "libsqlite3-0", "libreadline8"}, library) {
				t.Errorf("%s: %s", release, library)
			}
		}
		for _, library := range want {
			if !slices.Contains(got, library) {
				t.Errorf("%s: no %s in %s", release, library, strings.Join(got, " "))
			}
		}
	}
	if got := FullLibraries("node:22", "bookworm"); !slices.Contains(got, "libssl3") || !slices.Contains(got, "libpq5") {
		t.Errorf("node: %v", got)
	}
	if got := FullPackages("node:22", "bookworm"); !slices.Contains(got, "python3") || !slices.Contains(got, "libgomp1") || slices.Contains(got, "libc6") {
		t.Errorf("node: %v", got)
	}
	if b, _ := RuntimeBaseFor("node:22", BaseSlim); !slices.Contains(b.Lost, "python3") || !slices.Contains(b.Lost, "curl") {
		t.Errorf("node:22 loses %v", b.Lost)
	}
	for _, image := range []string{"python:3.12-slim", "node:20-alpine", "golang:1.22", "buildpack-deps:bookworm-scm"} {
		if got := FullLibraries(image, "bookworm"); len(got) > 0 {
			t.Errorf("%s: %v", image, got)
		}
	}
}

func TestReleaseOf(t *testing.T) {
	var d releaseData
	strict(t, releasesYAML, &d)
	for image, want := range map[string]string{
		"python:3.12":                                   "trixie",
		"python:3.12.4":                                 "bookworm",
		"python:3.12.99":                                "trixie", // as its minor version
		"python:3.99":                                   "",
		"python:3.12-slim-bookworm":                     "bookworm",
		"python:3.12-alpine":                            "alpine3.24",
		"node:20.99.1-slim":                             "bookworm",
		"golang:1.24-alpine3.21":                        "alpine3.21",
		"alpine:3.20":                                   "alpine3.20",
		"alpine:3.20.3":                                 "alpine3.20",
		"debian:12-slim":                                "bookworm",
		"debian:bookworm-20250520-slim":                 "bookworm",
		"debian:stable-slim":                            "trixie",
		"ubuntu:24.04":                                  "noble",
		"ubuntu:jammy-20240125":                         "jammy",
		"eclipse-temurin:21-jdk-jammy":                  "jammy",
		"mcr.microsoft.com/dotnet/sdk:8.0":              "bookworm",
		"gcr.io/distroless/cc-debian12":                 "bookworm",
		"registry.example.org/base:trixie":              "trixie",
		"registry.example.org/base:1":                   "",
		"python:3.12@sha256:0123":                       "", // may be older than the move to trixie
		"python:3.12-bookworm@sha256:0123":              "bookworm",
		"debian:12@sha256:0123":                         "bookworm",
		"python:${V:-3.11}-slim":                        "trixie",
		"python:${V}-slim":                              "",
		"docker.io/library/php:8.3-fpm":                 "trixie",
		"rockylinux:9":                                  "",
		"ghcr.io/astral-sh/uv:python3.12-bookworm-slim": "bookworm",
	} {
		if got := ReleaseOf(image); got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
	}
}

// TestSlimTagsExist: what replaces a tag that the table of official tags has is in it, too,
// but for a few early ones whose entries it does not have.
func TestSlimTagsExist(t *testing.T) {
	known, missing := 0, 0
	for l := range strings.Lines(releaseTable()) {
		ref, _, ok := strings.Cut(l, "\t")
		if !ok || !strings.HasPrefix(ref, "python:") && !strings.HasPrefix(ref, "ruby:") && !strings.HasPrefix(ref, "node:") && !strings.HasPrefix(ref, "eclipse-temurin:") {
			continue
		}
		b, ok := RuntimeBaseFor(ref, BaseSlim)
		if !ok || b.Same {
			continue
		}
		known++
		if _, ok := line(releaseTable(), b.Image); !ok {
			missing++
		}
	}
	if known < 1000 || missing*20 > known {
		t.Errorf("of %d answers %d are tags that nobody pushed", known, missing)
	}
}
