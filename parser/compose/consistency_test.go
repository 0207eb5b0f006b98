package compose

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// TestConsistency: what compose would complain of when it starts the project refuses a
// change, unless it complained before.
func TestConsistency(t *testing.T) {
	limits := func(key, value string) Change {
		return Change{Service: "a", Path: []string{"deploy", "resources", "limits"}, Pairs: []Pair{{Key: key, Value: value}}}
	}
	tmpfs := Change{Service: "a", Path: []string{"tmpfs"}, Items: Items("/tmp:size=64m")}
	for name, c := range map[string]struct {
		service, rest string
		change        Change
		refused       string
	}{
		"tmpfs":                              {"", "", tmpfs, ""},
		"tmpfs twice":                        {"tmpfs: [/tmp]", "", tmpfs, "already mounted"},
		"tmpfs over a volume":                {"volumes: [\"vol:/tmp\"]", "volumes: {vol: }", tmpfs, "already mounted"},
		"tmpfs over a bind with a variable":  {"volumes: [\"${DATA}:/tmp\"]", "", tmpfs, "already mounted"},
		"tmpfs beside twice the same volume": {"volumes: [\"vol:/v\", \"wol:/v\"]", "volumes: {vol: , wol: }", tmpfs, ""},
		"tmpfs and a trouble elsewhere":      {"networks: [gone]", "", tmpfs, ""},
		"tmpfs beside an included network":   {"networks: [n]\n    tmpfs: [/tmp]", "include: [x.yaml]", tmpfs, "already mounted"},
		"other limits than mem_limit":        {"mem_limit: 1g", "", limits("pids", "100"), "distinct values"},
		"a variable in mem_limit":            {"mem_limit: ${MEM:-1g}", "", limits("pids", "100"), "distinct values"},
		"equal limits":                       {"mem_limit: 1g", "", limits("memory", "1g"), ""},
		"a reservation alone":                {"mem_limit: 1g", "", Change{Service: "a", Path: []string{"deploy", "resources", "reservations"}, Pairs: []Pair{{Key: "memory", Value: "64m"}}}, ""},
		"pids_limit beside limits":           {"deploy: {resources: {limits: {memory: 1g}}}", "", Change{Service: "a", Pairs: []Pair{{Key: "pids_limit", Value: "100"}}}, "distinct values"},
		"pids_limit beside a variable":       {"deploy: {resources: {limits: {pids: \"${P}\"}}}", "", Change{Service: "a", Pairs: []Pair{{Key: "pids_limit", Value: "100"}}}, "distinct values"},
		"limits that differed before":        {"mem_limit: 1g\n    deploy: {resources: {limits: {memory: 2g}}}", "", limits("pids", "100"), ""},
		"a size that is none":                {"", "", limits("memory", "lots"), "lots"},
		"an undefined network":               {"", "", Change{Service: "a", Path: []string{"networks"}, Items: Items("back")}, "undefined network"},
		"a defined network":                  {"", "networks: {back: }", Change{Service: "a", Path: []string{"networks"}, Items: Items("back")}, ""},
		"an undefined secret":                {"", "", Change{Service: "a", Path: []string{"secrets"}, Items: Items("s")}, "undefined secret"},
		"ports with variables":               {"ports: [\"${P}:80\", \"81:81\"]\n    privileged: ${X}\n    shm_size: ${Y}", "", tmpfs, ""},
		"a service without an image":         {"extends: {service: b}", "", tmpfs, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := "services:\n  a:\n    image: x\n"
			if c.service != "" {
				text += "    " + c.service + "\n"
			}
			p, err := loadText(text + "  b:\n    image: y\n" + c.rest + "\n")
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = p.Apply([]Change{c.change})
			if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%v, want %q", err, c.refused)
			}
		})
	}
}

// TestConsistencyOfFiles: limits in a base and in what overrides it are one service's.
func TestConsistencyOfFiles(t *testing.T) {
	p := load(t, map[string]string{"a.yaml": "services:\n  a:\n    image: x\n", "b.yaml": "services:\n  a:\n    mem_limit: 1g\n"}, "a.yaml", "b.yaml")
	_, _, err := p.Apply([]Change{{Service: "a", Path: []string{"deploy", "resources", "limits"}, Pairs: []Pair{{Key: "memory", Value: "2g"}}}})
	if err == nil || !strings.Contains(err.Error(), "distinct values") {
		t.Error(err)
	}
}

func TestWhatAProjectSays(t *testing.T) {
	p, err := loadText("version: '2.4'\ninclude:\n  - one.yaml\n  - path: ../two.yaml\n  - path: [three.yaml, oci://four]\n    project_directory: x\nservices:\n  a:\n    image: x\n    depends_on: [of-one]\n    deploy: {resources: {limits: {memory: 1g}}, replicas: 2}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Includes(); !reflect.DeepEqual(got, []string{"one.yaml", "../two.yaml", "three.yaml", "oci://four"}) {
		t.Errorf("includes %v", got)
	}
	if got := p.Files[0].Version(); got != "2.4" {
		t.Errorf("version %q", got)
	}
	if p.Swarm() {
		t.Error("limits and copies make no swarm")
	}
	only, err := loadText("include: [a.yaml]\n")
	if err != nil || len(only.Services) != 0 || len(only.Includes()) != 1 {
		t.Errorf("a file of includes: %v", err)
	}
	over, err := loadText("services:\n  a:\n    image: x\nnetworks:\n  default:\n    driver: overlay\n")
	if err != nil || !over.Swarm() {
		t.Errorf("a network over several hosts is one of a swarm: %v", err)
	}
	for _, key := range []string{"mode: global", "placement: {constraints: [node.role == manager]}", "update_config: {parallelism: 1}", "rollback_config: {parallelism: 1}", "endpoint_mode: dnsrr"} {
		p, err := loadText("services:\n  a:\n    image: x\n  b:\n    image: x\n    deploy: {" + key + "}\n")
		if err != nil || !p.Swarm() || p.Includes() != nil || p.Files[0].Version() != "" {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestNoProject(t *testing.T) {
	for text, want := range map[string]error{"web:\n  image: x\n": ErrVersion1, "web:\n  build: .\ndb:\n  image: y\n": ErrVersion1, "volumes:\n  v:\n": ErrNoServices, "version: '2'\nnetworks: {}\n": ErrNoServices} {
		_, err := loadText(text)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		if place := new(parser.Error); errors.Is(err, ErrVersion1) && !errors.As(err, &place) {
			t.Errorf("%q: %v has no place", text, err)
		}
	}
}
