package enginetest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var segmentOutcome = regexp.MustCompile(`(?m)^ *\S+:\d+:\d+ +network-segments +(applied|already there|refused|held back) +(\S+(?:, \S+)*): (.*)$`)

// enclosed lists the data stores that the command put on internal networks alone.
func (r report) enclosed() []string {
	var out []string
	for _, m := range segmentOutcome.FindAllStringSubmatch(r.text, -1) {
		if m[1] == "applied" && strings.Contains(m[3], " alone, with its clients and no way out") {
			out = append(out, strings.Split(m[2], ", ")...)
		}
	}
	return out
}

// segments sums up what became of network-segments: which data stores are enclosed, or why
// none is.
func (r report) segments() string {
	if stores := r.enclosed(); len(stores) > 0 {
		return strings.Join(stores, ", ")
	}
	for _, m := range segmentOutcome.FindAllStringSubmatch(r.text, -1) {
		if i := strings.LastIndex(m[3], "["); i >= 0 {
			return m[1] + ": " + strings.TrimSuffix(m[3][i+1:], "]")
		}
	}
	return "one service"
}

// segmented holds a running project against what the command said of its networks, and
// makes sure that each data store that it enclosed was tried.
func (a *app) segmented(p *engine.Project, r report) {
	stores := r.enclosed()
	a.row.segments = r.segments()
	problems, tried, err := breaches(a.ctx, p, stores)
	a.must("its networks cannot be tried", err)
	for _, what := range problems {
		a.t.Errorf("%s: %s", a.name, what)
	}
	if len(stores) > 0 && tried == 0 {
		a.t.Errorf("%s: it has data stores on networks of their own (%v), and nothing was tried", a.name, stores)
	}
	a.row.probes = tried
	a.t.Logf("%s: %d probes of its networks, data stores %v", a.name, tried, stores)
}

// breaches tries the networks of a running project: who is on no internal network does not
// reach the data stores, by name or by address; a client does; and they reach nothing outside.
// It says what is otherwise, and how many connections were tried.
func breaches(ctx context.Context, p *engine.Project, stores []string) (problems []string, tried int, err error) {
	networks, err := p.Networks(ctx)
	if err != nil {
		return nil, 0, err
	}
	open := slices.DeleteFunc(slices.Sorted(maps.Keys(networks.Internal)), func(n string) bool { return networks.Internal[n] })
	probe := func(network, host string, port int, want bool) error {
		tried++
		got, err := p.Reaches(ctx, network, host, port)
		if err == nil && got != want {
			problems = append(problems, fmt.Sprintf("from %s, %s:%d is reached: %v", network, host, port, got))
		}
		return err
	}
	for _, store := range stores {
		port := storePort(p.Image(store))
		for _, own := range networks.Of[store] {
			address, err := p.Address(ctx, store, own)
			if err != nil {
				return nil, 0, err
			}
			if err := probe(own, store, port, true); err != nil {
				return nil, 0, err
			}
			for _, n := range open {
				for _, host := range []string{store, address} {
					if err := probe(n, host, port, false); err != nil {
						return nil, 0, err
					}
				}
			}
			if err := outside(ctx, own, open, probe); err != nil {
				return nil, 0, err
			}
		}
	}
	return problems, tried, nil
}

// outside tries to reach a port of this machine, from the network of a data store and, to
// know that it can be reached at all, from the others.
func outside(ctx context.Context, own string, open []string, probe func(network, host string, port int, want bool) error) error {
	address := ownAddress()
	if address == "" {
		return fmt.Errorf("this machine has no address at which it could be reached")
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	_, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	for _, n := range open {
		if n == own {
			continue
		}
		if err := probe(n, address, port, true); err != nil {
			return err
		}
	}
	return probe(own, address, port, false)
}

// ownAddress is an address of this machine that is not one of the engine's bridges, ""
// without one.
func ownAddress() string {
	c, err := (&net.Dialer{}).DialContext(context.Background(), "udp4", "192.0.2.1:9") // sends nothing
	if err != nil {
		return ""
	}
	defer func() { _ = c.Close() }()
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// storePort is the first port that the knowledge has of a data store's image.
func storePort(image string) int {
	if known := knowledge.LookupService(image); known != nil {
		for _, text := range known.Ports {
			number, _, _ := strings.Cut(text, "/")
			if n, err := strconv.Atoi(number); err == nil {
				return n
			}
		}
	}
	return 1
}

// published dials every port that the hardened project publishes.
func (a *app) published(p *engine.Project) {
	all, err := p.Published(a.ctx)
	a.must("its ports cannot be read", err)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(a.ctx, "tcp", all[name])
		if err != nil {
			a.t.Errorf("%s: hardened, the published port of %s does not answer: %v", a.name, name, err)
			continue
		}
		_ = c.Close()
	}
}

// flat is a project whose networks separate nothing, in the three ways that a mistake in
// the rule could have: everybody on one network, a network that leads outside, and a data
// store that is on the frontend too.
const flat = `services:
  web: {image: redis:7, networks: [frontend, backend]}
  cache: {image: redis:7, networks: [%s]}
networks:
  frontend: {driver: bridge}
  backend: {internal: %v}
`

// TestEngineBreaches: the probes see what they are there for.
func TestEngineBreaches(t *testing.T) {
	ctx, s := connect(t)
	if os.Getenv("BULKHEAD_ENGINE") == "" {
		t.Skip("BULKHEAD_ENGINE is not set")
	}
	for _, tc := range []struct {
		name, networks string
		internal       bool
		want           []string
	}{
		{"apart", "backend", true, nil},
		{"no-wall", "backend", false, []string{"from backend, "}},
		{"both", "frontend, backend", true, []string{"from frontend, cache:6379 is reached: true"}},
		{"one", "frontend", true, []string{"from frontend, cache:6379 is reached: true"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "compose.yaml"), fmt.Appendf(nil, flat, tc.networks, tc.internal), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := s.Compose(ctx, "breaches-"+tc.name, dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Up(ctx); err != nil {
				needsImages(t, err)
				t.Fatal(err)
			}
			defer func() {
				if err := p.Down(ctx, true); err != nil {
					t.Error(err)
				}
			}()
			if err := p.Ready(ctx); err != nil {
				t.Fatal(err)
			}
			problems, tried, err := breaches(ctx, p, []string{"cache"})
			if err != nil || tried == 0 {
				t.Fatalf("%d probes, %v", tried, err)
			}
			if (len(tc.want) == 0) != (len(problems) == 0) {
				t.Errorf("the probes say %q", problems)
			}
			for _, want := range tc.want {
				if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, want) }) {
					t.Errorf("the probes say %q, not %q", problems, want)
				}
			}
		})
	}
}

func TestEnclosed(t *testing.T) {
	r := readReport(`app
  /a/compose.yml:2:3   network-segments  applied        web: on the networks frontend, backend
  /a/compose.yml:9:3   network-segments  applied        db: on the network backend alone, with its clients and no way out
  /a/compose.yml:9:3   network-segments  applied        cache: on the network backend
  /a/compose.yml:12:3  network-segments  applied        queue, search: on the network backend alone, with its clients and no way out (also on line 16)
`)
	if got := r.enclosed(); !slices.Equal(got, []string{"db", "queue", "search"}) {
		t.Errorf("it encloses %v", got)
	}
	if got := readReport("  /a/compose.yml:2:3  network-segments  refused  web: an internal network: none is [nothing-to-separate]\n").segments(); got != "refused: nothing-to-separate" {
		t.Errorf("it says %q", got)
	}
}
