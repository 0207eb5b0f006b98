package cli_test

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/cli"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// TestPin: the digest comes from the image's registry, and only when it is asked for.
func TestPin(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	tag, err := name.NewTag(strings.TrimPrefix(server.URL, "http://") + "/base:1.2")
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for base, text := range map[string]string{
		"Dockerfile":   "FROM " + tag.String() + " AS base\nCOPY --from=" + tag.String() + " /a /b\n",
		"compose.yaml": "services:\n  app:\n    image: " + tag.String() + "\n",
	} {
		file := filepath.Join(t.TempDir(), base)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) string {
			var out, report bytes.Buffer
			if code := cli.Main(append([]string{"bulkhead", "fix", "--only", "pinned-base,pinned-image"}, append(args, file)...), strings.NewReader(""), &out, &report); code != 0 {
				t.Fatalf("exit code %d\n%s", code, report.String())
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return string(got)
		}
		if got := run(); got != text {
			t.Errorf("without --pin:\n%s", got)
		}
		want := strings.ReplaceAll(text, tag.String(), tag.String()+"@"+digest.String())
		for range 2 { // the second run finds nothing to do
			if got := run("--pin"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		}
	}
}
