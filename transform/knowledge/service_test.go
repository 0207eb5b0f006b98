package knowledge

import (
	"errors"
	"fmt"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestServicesData holds the data against its types and closed sets, and what no single
// entry can tell: nothing stands twice, nothing is unexplained.
func TestServicesData(t *testing.T) {
	list, err := ParseServices(servicesYAML)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 105 {
		t.Errorf("%d entries; there were 105", len(list))
	}
	seen := map[string]bool{}
	for _, s := range list {
		for _, name := range append([]string{s.Image}, s.Aliases...) {
			key := name + fmt.Sprint(s.Only)
			if seen[key] {
				t.Errorf("%s stands twice", name)
			}
			seen[key] = true
		}
		if s.Kind == "" || s.Drop.Kind == "" || s.Drop.Where == "" || s.RunsAs == nil {
			t.Errorf("%s lacks kind, drop or runs_as", s.Image)
		}
		if s.NoNewPrivileges.Why == "" || s.ReadOnly.Why == "" {
			t.Errorf("%s: a verdict has no reason", s.Image)
		}
		for _, class := range s.Classes {
			if !slices.ContainsFunc(laws().Classes, func(c Class) bool { return c.Name == class }) {
				t.Errorf("%s: class %s is not in laws.yaml", s.Image, class)
			}
		}
		for _, w := range s.Writable {
			if w.Kind == "tmpfs" && w.Need == "start" && w.Content {
				t.Errorf("%s: a tmpfs on %s would hide what is needed there", s.Image, w.Path)
			}
		}
	}
}

// TestServicesExplained: an image that starts as root and gives that away needs SETUID
// and SETGID, or says why not; one that starts otherwise needs none.
func TestServicesExplained(t *testing.T) {
	explained := map[string]string{
		"homeassistant/home-assistant": "service runs as root",
	}
	for _, s := range Services() {
		have := names(s.Capabilities)
		switch {
		case !s.IsRoot() && len(s.Capabilities) > 0 && len(s.FileCaps) == 0:
			t.Errorf("%s starts as %s and needs %v", s.Image, s.DefaultUser, have)
		case s.IsRoot() && s.Drop.Kind != "none" && !(slices.Contains(have, "SETUID") && slices.Contains(have, "SETGID")):
			if !strings.Contains(s.Drop.Where, explained[s.Image]) || explained[s.Image] == "" {
				t.Errorf("%s drops by %s without SETUID and SETGID", s.Image, s.Drop.Kind)
			}
		}
	}
}

// tmpfsOption is what dockerd accepts for a tmpfs, as far as the data uses it.
var tmpfsOption = regexp.MustCompile(`^(exec|uid=[0-9]+|gid=[0-9]+|mode=[0-7]{3,4}|size=[0-9]+[kmg]?)$`)

// TestServicesRecommend: what is recommended can be written into a compose file, and the
// capabilities are the ones that the phases give.
func TestServicesRecommend(t *testing.T) {
	ids := regexp.MustCompile(`^([0-9]+:[0-9]+|[a-z]+)$`)
	for _, s := range Services() {
		r := s.Recommend
		for _, mount := range r.Tmpfs {
			target, options, found := strings.Cut(mount, ":")
			if !path.IsAbs(target) {
				t.Errorf("%s: tmpfs %s", s.Image, mount)
			}
			for option := range strings.SplitSeq(options, ",") {
				if found && !tmpfsOption.MatchString(option) {
					t.Errorf("%s: tmpfs %s: option %q", s.Image, mount, option)
				}
			}
		}
		if r.Strategy == "user" && !ids.MatchString(r.User) {
			t.Errorf("%s: start as %q", s.Image, r.User)
		}
		if r.Strategy == "none" && s.IsRoot() {
			t.Errorf("%s starts as root, and nothing is to be done about it", s.Image)
		}
		if r.Strategy == "capabilities" {
			if got := names(s.CapAdd(Conditions{Bind: len(s.Volumes) > 0})); len(s.FileCaps) == 0 && !slices.Equal(got, r.CapAdd) && !slices.Equal(names(s.CapAdd(Conditions{})), r.CapAdd) {
				t.Errorf("%s: cap_add %v, the phases give %v", s.Image, r.CapAdd, got)
			}
		}
		if len(r.FallbackCapAdd) > 0 {
			if got := names(s.CapAdd(Conditions{Bind: true})); !slices.Equal(got, r.FallbackCapAdd) {
				t.Errorf("%s: fallback %v, the phases give %v", s.Image, r.FallbackCapAdd, got)
			}
		}
	}
}

// mostUsed are the 25 images that compose files run most, each with a tag of the line
// that was read.
var mostUsed = strings.Fields(`postgres:17 mysql:8.4 mariadb:11.8 redis:8 mongo:8 nginx httpd rabbitmq:4-management
	memcached elasticsearch:8.17.0 kibana:8.17.0 grafana/grafana prom/prometheus traefik:v3.3 haproxy:3.2 caddy:2 wordpress nextcloud
	adminer phpmyadmin minio/minio quay.io/keycloak/keycloak:26.0 hashicorp/vault:1.21 influxdb:2.7 eclipse-mosquitto:2`)

// TestServicesMostUsed: of these, what is known was read in their own sources.
func TestServicesMostUsed(t *testing.T) {
	if len(mostUsed) != 25 {
		t.Fatalf("%d images", len(mostUsed))
	}
	for _, image := range mostUsed {
		s := LookupService(image)
		switch {
		case s == nil:
			t.Errorf("%s is not known", image)
		case s.Confidence != "primary" || !strings.Contains(strings.Join(s.Sources, " "), "ockerfile") && !strings.Contains(strings.Join(s.Sources, " "), "*"):
			t.Errorf("%s: %s, from %v", image, s.Confidence, s.Sources)
		case s.Recommend.Strategy == "" && s.IsRoot():
			t.Errorf("%s: nothing is recommended", image)
		}
	}
}

func TestLawsData(t *testing.T) {
	var d lawData
	strict(t, lawsYAML, &d)
	if len(d.Laws) < 17 || len(d.Classes) < 8 {
		t.Errorf("%d laws, %d classes", len(d.Laws), len(d.Classes))
	}
	for _, l := range d.Laws {
		if l.Name == "" || l.Text == "" || len(l.Sources) == 0 || !slices.Contains([]string{"tested", "partly-tested", "read"}, l.Kind) {
			t.Errorf("law %q is not complete", l.Name)
		}
	}
	for _, c := range d.Classes {
		if c.Text == "" || c.Advice == "" || len(LawsOf(c)) != len(c.Laws) {
			t.Errorf("class %q is not complete, or names a law that there is not", c.Name)
		}
	}
}

// TestServicesProse: what is committed speaks of the world, not of how it was gathered.
func TestServicesProse(t *testing.T) {
	private := regexp.MustCompile(`\bE-[A-Z]+[0-9]?\b|\bL1?[0-9]\b|read_file|profiles\.yaml|stored version|experiments\.md|/work/|/tmp/w/`)
	for _, file := range []string{"services.yaml", "laws.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(data), "\n") {
			if m := private.FindString(line); m != "" {
				t.Errorf("%s:%d: %s", file, n+1, m)
			}
		}
	}
}

func TestParseServicesErrors(t *testing.T) {
	const head = "- image: db\n  user: root\n  sources: [x]\n  confidence: primary\n"
	for _, c := range []struct{ data, want string }{
		{"- {image: a, user: root, sources: [x], confidence: primary}\n\n- {image: b, user: root, confidence: primary}\n", "line 3: b: sources is empty"},
		{head + "  colour: red\n", "line 5: field colour not found"},
		{"- image: db\n  sources: [x]\n  confidence: sure\n", `line 1: db: confidence: "sure" is none of primary, secondary, inferred`},
		{"- image: db\n  sources: [x]\n  confidence: primary\n", `db: user: "" is no user`},
		{head + "  capabilities: [{cap: CAP_CHOWN, reason: x, phase: every-start, if_missing: fail}]\n", `"CAP_CHOWN" is no capability`},
		{head + "  capabilities: [{cap: CHOWN, reason: x, phase: always, if_missing: fail}]\n", `phase "always" is not known`},
		{head + "  capabilities: [{cap: CHOWN, reason: x, phase: every-start, if_missing: boom}]\n", `if_missing "boom" is not known`},
		{head + "  capabilities: [{cap: CHOWN, phase: every-start, if_missing: fail}]\n", "CHOWN has no reason"},
		{head + "  start_as: [{user: '<any>', data: any}]\n", "is no uid:gid"},
		{head + "  start_as: [{user: '1:1', data: fresh}]\n", `"fresh" is none of any, named-volume, owned`},
		{head + "  writable: [{path: data, kind: volume, need: start}]\n", "data is not absolute"},
		{head + "  writable: [{path: /data, kind: disk, need: start}]\n", `"disk" is none of volume, tmpfs, file`},
		{head + "  writable: [{path: /data, kind: tmpfs, need: start, mode: rwx}]\n", `mode "rwx" is not octal`},
		{head + "  recommend: {strategy: user}\n", "belong together"},
		{head + "  recommend: {strategy: user, user: runs-as}\n", "runs-as has no uid and gid"},
		{head + "  variants: [{user: app}]\n", "neither tags nor versions"},
		{head + "  variants: [{versions: '2.x', user: app}]\n", `"2.x" is no comparison`},
		{head + "  ports: [http]\n", `"http" is no port`},
		{head + "  read_only: {ok: sometimes}\n", `"sometimes" is none of`},
		{"- \n", "line 1: an entry is empty"},
		{"image: db\n", "line 1: cannot unmarshal"},
		{"- [", "line 1"},
	} {
		_, err := ParseServices([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.data, err, c.want)
		}
	}
	var file struct{ Services yaml.Node }
	if err := yaml.Unmarshal([]byte("a: 1\n\nservices:\n\n"+head+"  ports: [http]\n\n- image: db\n  colour: red\n"), &file); err != nil {
		t.Fatal(err)
	}
	_, err := ParseServicesNode(&file.Services)
	if at := new(LineError); !errors.As(err, &at) || at.Line != 12 {
		t.Errorf("an unknown field inside of a file: %v, want line 12", err)
	}
	if list, err := ParseServices(nil); err != nil || len(list) != 0 {
		t.Errorf("no data: %v, %v", list, err)
	}
}

// TestServiceGuide: docs/knowledge.md names every field of an entry.
func TestServiceGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/knowledge.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Service]()) {
		if name := f.Tag.Get("yaml"); name != "" && name != "-" && !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("docs/knowledge.md does not name %s", name)
		}
	}
}
