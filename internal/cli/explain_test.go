package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/config"
)

// TestKnowledgeGuide: the example of the guide is one that a project can have.
func TestKnowledgeGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/knowledge.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(guide), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	settings, err := config.Parse("docs/knowledge.md", []byte(example), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := settings.LookupService("registry.example.com/team/queue:3-alpine")
	if s == nil || s.Recommend.User != "100:101" || len(s.Recommend.Tmpfs) != 1 || s.Recommend.Tmpfs[0] != "/run/queue:uid=100,gid=101,mode=0755" {
		t.Errorf("the example gives %+v", s)
	}
}
