package knowledge

import (
	"path"
	"slices"
	"strings"
	"testing"
)

func TestPackagesData(t *testing.T) {
	var d packageData
	strict(t, packagesYAML, &d)
	seen := map[string]bool{}
	for _, e := range d.Purposes {
		if e.Source == "" || e.Purpose == PurposeUnknown {
			t.Errorf("%v has no source or purpose", e.Names)
		}
		for _, name := range e.Names {
			if key := strings.Join(e.Managers, ",") + " " + name; seen[key] {
				t.Errorf("%s stands twice", name)
			} else {
				seen[key] = true
			}
		}
		for _, pattern := range e.Patterns {
			if _, err := path.Match(pattern, ""); err != nil {
				t.Errorf("%s: %v", pattern, err)
			}
		}
	}
	for _, r := range d.Runs {
		if len(r.Names) == 0 || len(r.Runs) == 0 || r.Source == "" {
			t.Errorf("runs %v is not complete", r.Names)
		}
	}
	for _, e := range d.Programs {
		if d.Source == "" || len(e.Packages) == 0 || len(e.Programs) == 0 {
			t.Errorf("programs %v are not complete", e.Programs)
		}
	}
	var headers []headerTable
	strict(t, headersYAML, &headers)
	for _, table := range headers {
		if table.Source == "" || table.Confidence == "" || len(table.Managers) == 0 {
			t.Errorf("the table of %v has no source", table.Managers)
		}
		for _, e := range table.Entries {
			if len(e.Headers) == 0 {
				t.Errorf("%v: an entry has no headers", e.Libraries)
			}
		}
	}
}

func TestDebianTable(t *testing.T) {
	table := debianHeaders()
	if !slices.Equal(table.releases, []string{"bullseye", "bookworm", "trixie"}) {
		t.Fatalf("releases %v", table.releases)
	}
	previous := ""
	for line := range strings.SplitSeq(strings.Trim(table.text, "\n"), "\n") {
		name, _, _ := strings.Cut(line, "\t")
		if strings.Count(line, "\t") != len(table.releases) || name <= previous {
			t.Fatalf("line %q", line)
		}
		previous = name
	}
}

// TestTablesAreSorted: every line of the embedded tables can be found.
func TestTablesAreSorted(t *testing.T) {
	for name, text := range map[string]string{"debian": debianHeaders().text, "full": fullTable(), "releases": releaseTable()} {
		count := 0
		for l := range strings.Lines(text) {
			key, rest, cut := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			if !cut {
				continue // where the table comes from
			}
			if got, ok := line(text, key); !ok || got != rest {
				t.Fatalf("%s: %s is %q, %v", name, key, got, ok)
			}
			count++
		}
		if count < 30 {
			t.Errorf("%s has %d lines", name, count)
		}
		for _, key := range []string{"", "0", "zzz", "python"} {
			if got, ok := line(text, key); ok {
				t.Errorf("%s: %q is %q", name, key, got)
			}
		}
	}
}

func TestLookupPackage(t *testing.T) {
	for _, c := range []struct {
		manager, release, name string
		purpose                Purpose
		known                  bool
		libraries              string
	}{
		{"apt", "bullseye", "libssl-dev", PurposeHeaders, true, "libssl1.1"},
		{"apt", "bookworm", "libssl-dev", PurposeHeaders, true, "libssl3"},
		{"apt", "trixie", "libssl-dev", PurposeHeaders, true, "libssl3t64"},
		{"apt", "", "libssl-dev", PurposeHeaders, false, ""},
		{"apt", "", "libpq-dev", PurposeHeaders, true, "libpq5"},
		{"apt", "trixie", "libpq-dev=17.4-1", PurposeHeaders, true, "libpq5"},
		{"apt", "bookworm", "libpq-dev:amd64", PurposeHeaders, true, "libpq5"},
		{"apt-get", "bookworm", "default-libmysqlclient-dev", PurposeHeaders, true, "libmariadb3"},
		{"apt", "bookworm", "libjpeg-dev", PurposeHeaders, true, "libjpeg62-turbo"},
		{"apt", "bookworm", "libmagickwand-dev", PurposeHeaders, true, "libmagickcore-6.q16-6 libmagickcore-6.q16-6-extra libmagickwand-6.q16-6"},
		{"apt", "trixie", "libcurl4-openssl-dev", PurposeHeaders, true, "libcurl4t64"},
		{"apt", "trixie", "libncurses5-dev", PurposeHeaders, true, "libncurses6 libncursesw6 libtinfo6"}, // provided by libncurses-dev
		{"apt", "bookworm", "zlib1g-dev", PurposeHeaders, true, "zlib1g"},
		{"apt", "bookworm", "libboost-dev", PurposeHeaders, true, ""}, // headers alone
		{"apt", "bookworm", "tk-dev", PurposeHeaders, true, "libtcl8.6 libtk8.6"},
		{"apt", "noble", "libssl-dev", PurposeHeaders, true, "libssl3t64"},
		{"apt", "bookworm", "libnobodyknows-dev", PurposeHeaders, false, ""},
		{"apt", "bookworm", "build-essential", PurposeCompiler, false, ""},
		{"apt", "bookworm", "gcc-12", PurposeCompiler, false, ""},
		{"apt", "bookworm", "g++", PurposeCompiler, false, ""},
		{"apt", "bookworm", "libc6-dev", PurposeCompiler, false, ""},
		{"apk", "alpine3.20", "build-base", PurposeCompiler, false, ""},
		{"apt", "bookworm", "pkg-config", PurposeBuildTool, false, ""},
		{"apt", "bookworm", "curl", PurposeFetch, false, ""},
		{"apt", "bookworm", "ca-certificates", PurposeRuntime, false, ""},
		{"apt", "trixie", "libgl1", PurposeRuntime, false, ""},
		{"apt", "trixie", "libssl3t64", PurposeRuntime, false, ""},
		{"apt", "focal", "libssl-dev", PurposeHeaders, true, "libssl1.1"},
		{"apt", "xenial", "libssl-dev", PurposeHeaders, false, ""},
		{"apt", "trixie", "somebodys-tool", PurposeUnknown, false, ""},
		{"apk", "alpine3.20", "postgresql-dev", PurposeHeaders, true, "libpq"},
		{"apk", "", "postgresql-dev", PurposeHeaders, true, "libpq"},
		{"apt", "", "default-libmysqlclient-dev", PurposeHeaders, false, ""}, // Ubuntu's is another
		{"apt", "bookworm", "python3-dev", PurposeBuildTool, true, ""},
		{"apt", "", "libcurl4-openssl-dev", PurposeHeaders, true, "libcurl4"}, // trixie's libcurl4t64 provides it
		{"apt", "jammy", "libssl-dev", PurposeHeaders, true, "libssl3"},
		{"apt", "noble", "default-libmysqlclient-dev", PurposeHeaders, true, "libmysqlclient21"},
		{"apk", "alpine3.16", "openssl-dev", PurposeHeaders, true, "libssl1.1 libcrypto1.1"},
		{"apk", "alpine3.22", "openssl-dev", PurposeHeaders, true, "libssl3 libcrypto3"},
		{"apk", "", "openssl-dev", PurposeHeaders, true, "openssl"},
		{"apk", "alpine3.22", "libpq", PurposeRuntime, false, ""},
		{"apk", "alpine3.22", "openjdk17", PurposeCompiler, false, ""},
		{"apk", "alpine3.22", "libffi-dev", PurposeHeaders, true, "libffi"},
		{"apk", "alpine3.22", "musl-dev", PurposeCompiler, true, ""},
		{"yum", "", "openssl-devel", PurposeHeaders, true, "openssl-libs"},
	} {
		p := LookupPackage(c.manager, c.release, c.name)
		if p.Purpose != c.purpose || p.Known != c.known || strings.Join(p.Libraries, " ") != c.libraries {
			t.Errorf("%s %s %s: %s, known %v, %v; want %s, %v, %s", c.manager, c.release, c.name, p.Purpose, p.Known, p.Libraries, c.purpose, c.known, c.libraries)
		}
	}
}

func TestPackageRuns(t *testing.T) {
	for name, want := range map[string]string{"python3-pip": "python3", "openjdk-17-jdk": "openjdk-17-jre", "openjdk-17-jdk-headless": "openjdk-17-jre-headless", "npm": "nodejs", "python3.11-venv": "python3.11", "python3-dev": "python3 libpython3.11", "gcc": "", "curl": ""} {
		if got := strings.Join(LookupPackage("apt", "bookworm", name).Runs, " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestPackagesOfProgram(t *testing.T) {
	if got := PackagesOfProgram("apt", "/usr/bin/curl"); !slices.Equal(got, []string{"curl"}) {
		t.Errorf("curl: %v", got)
	}
	if got := PackagesOfProgram("apt", "make"); !slices.Contains(got, "build-essential") {
		t.Errorf("make: %v", got)
	}
	if got := PackagesOfProgram("apk", "psql"); len(got) == 0 || got[0] != "postgresql-client" {
		t.Errorf("psql: %v", got)
	}
	if got := PackagesOfProgram("apt", "lftp"); !slices.Equal(got, []string{"lftp"}) { // of its own name
		t.Errorf("lftp: %v", got)
	}
	if got := PackagesOfProgram("apt", "nobodys-program"); got != nil {
		t.Errorf("%v", got)
	}
	if got := LookupPackage("apt", "", "curl").Programs; !slices.Contains(got, "curl") {
		t.Errorf("programs of curl: %v", got)
	}
}

func TestNeedsBuildPackage(t *testing.T) {
	for _, c := range []struct {
		manager, name, build string
		want                 bool
	}{
		{"apt", "varnish", "gcc", true},
		{"apt", "npm", "libssl-dev", true},
		{"apt", "npm", "libpq-dev", false},
		{"apt", "dkms", "make", true}, // one of many
		{"apt", "nginx", "gcc", false},
		{"apt", "no-such-package", "gcc", false},
		{"apk", "varnish", "gcc", false},
	} {
		if got := NeedsBuildPackage(c.manager, c.name, c.build); got != c.want {
			t.Errorf("%s of %s needs %s: %v, not %v", c.name, c.manager, c.build, got, c.want)
		}
	}
}
