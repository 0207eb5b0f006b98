package enginetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// probe is an image of our own with a known content and behaviour: it listens, writes
// a file, and keeps a child of another user.
const probe = `FROM python:3.12-slim
RUN mkdir -p /usr/local/bin && cp /bin/true /usr/local/bin/gcc && cp /bin/true /usr/local/bin/raise && chmod 4755 /usr/local/bin/raise
COPY probe.py /
EXPOSE 8000
CMD ["python", "/probe.py"]
`

const probeProgram = `import http.server, os, sys, time
if os.getuid() == 0 and os.fork() == 0:
    os.setgid(1234)
    os.setuid(1234)
    time.sleep(600)
try:
    open("/written", "w").close()
except OSError as e:
    print(e, file=sys.stderr)
http.server.HTTPServer(("", 8000), http.server.BaseHTTPRequestHandler).serve_forever()
`

// TestEngineObserve holds what is observed against what is known of the image, as root
// and hardened, from here and from a helper container.
func TestEngineObserve(t *testing.T) {
	ctx, s := connect(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"Dockerfile": probe, "probe.py": probeProgram} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { //nolint:gosec // the image's user must read it
			t.Fatal(err)
		}
	}
	image, err := s.Build(ctx, "probe", engine.BuildOptions{Dir: dir})
	needsImages(t, err)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := s.Contents(ctx, image)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(contents.Compilers, "/usr/local/bin/gcc") || !slices.Contains(contents.Setuid, "/usr/local/bin/raise") || !slices.Contains(contents.Managers, "/usr/local/bin/pip") || len(contents.Shells) == 0 {
		t.Errorf("the image holds %+v", contents)
	}
	root := start(ctx, t, s, image, engine.RunOptions{})
	seen, err := s.Observe(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	if got := uids(seen); !slices.Equal(got, []int{0, 1234}) {
		t.Errorf("as root, its users are %v", got)
	}
	if !slices.ContainsFunc(seen.Changed, func(c engine.Change) bool { return c.Path == "/written" && c.Kind == "added" }) {
		t.Errorf("as root, it changed %v", seen.Changed)
	}
	if seen.Processes[0].CapEff == 0 || seen.Processes[0].NoNewPrivs || seen.ReadOnly || seen.ImageSize == 0 {
		t.Errorf("as root, it has %+v", seen)
	}
	if err := s.Restart(ctx, root); err != nil {
		t.Fatal(err)
	}
	if err := s.Listening(ctx, root, 8000); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	hardened := start(ctx, t, s, image, engine.RunOptions{User: "10001:10001", ReadOnly: true, CapDrop: []string{"ALL"}, NoNewPrivs: true, Tmpfs: map[string]string{"/tmp": ""}})
	seen, err = s.Observe(ctx, hardened)
	if err != nil {
		t.Fatal(err)
	}
	p := seen.Processes[0]
	if p.UID != 10001 || p.CapEff != 0 || p.CapBnd != 0 || !p.NoNewPrivs || !seen.ReadOnly || !strings.Contains(p.Command, "/probe.py") {
		t.Errorf("hardened, it has %+v, %+v", seen, p)
	}
	if !slices.Contains(seen.Mounts, engine.Mount{Type: "tmpfs", Destination: "/tmp", Writable: true}) {
		t.Errorf("hardened, it mounts %v", seen.Mounts)
	}
	byHelper, err := s.ProcessesByHelper(ctx, hardened)
	if err != nil {
		t.Fatal(err)
	}
	if len(byHelper) != 1 || byHelper[0].UID != 10001 || byHelper[0].CapBnd != 0 || !byHelper[0].NoNewPrivs || byHelper[0].Command != p.Command {
		t.Errorf("a helper sees %+v", byHelper)
	}
}

func start(ctx context.Context, t *testing.T, s *engine.Session, image string, opts engine.RunOptions) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	id, err := s.Run(ctx, image, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listening(ctx, id, 8000); err != nil {
		t.Fatal(err)
	}
	return id
}

func uids(o *engine.Observation) []int {
	var out []int
	for _, p := range o.Processes {
		out = append(out, p.UID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestEngineWait: what ends is noticed with its code and its last words, what never
// comes up when the time is over.
func TestEngineWait(t *testing.T) {
	ctx, s := connect(t)
	id, err := s.Run(ctx, "debian:trixie-slim", engine.RunOptions{Command: []string{"sh", "-c", "echo no luck; exit 7"}})
	needsImages(t, err)
	if err != nil {
		t.Fatal(err)
	}
	if code, err := s.Exited(ctx, id); err != nil || code != 7 {
		t.Errorf("it ends with %d, %v", code, err)
	}
	if err := s.Ready(ctx, id); !errors.Is(err, engine.ErrEnded) || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("waiting for what has ended gives %v", err)
	}
	if id, err = s.Run(ctx, "debian:trixie-slim", engine.RunOptions{Command: []string{"sleep", "60"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Settled(ctx, id); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := s.Listening(short, id, 80); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a port that nobody opens gives %v", err)
	}
}

// TestEngineCleanUp: a session that was interrupted leaves nothing behind.
func TestEngineCleanUp(t *testing.T) {
	ctx, s := connect(t)
	dir := t.TempDir()
	file := "services:\n  a:\n    image: debian:trixie-slim\n    command: sleep 60\n    container_name: of-the-user\n    volumes: [data:/data]\nvolumes:\n  data:\n"
	if err := os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := s.Compose(ctx, "cleanup", dir)
	if err != nil {
		t.Fatal(err)
	}
	interrupted, cancel := context.WithCancel(ctx)
	go func() {
		time.Sleep(1500 * time.Millisecond)
		cancel()
	}()
	if err := p.Up(interrupted); err == nil {
		err = p.Ready(interrupted)
		if err == nil {
			<-interrupted.Done()
		}
	}
	_, err = s.Run(ctx, "debian:trixie-slim", engine.RunOptions{Command: []string{"sleep", "60"}})
	needsImages(t, err)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := s.Left(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
