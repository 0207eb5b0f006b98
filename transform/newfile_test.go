package transform

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// bringing makes a rule that brings files to a service that has no user, and gives it one
// where edit says so.
func bringing(id string, edit bool, files ...NewFile) *Rule {
	return &Rule{ID: id, CheckService: func(p *ServicePass) []Finding {
		if p.Service.Has("user") {
			return nil
		}
		f := p.Propose(p.Service.Span(), Guarded, "bring")
		if edit {
			f = p.Propose(p.Service.Span(), Guarded, "bring", compose.Change{Service: p.Service.Name, Pairs: []compose.Pair{{Key: "user", Value: `"1"`}}})
		}
		f.Fix.Files = files
		return []Finding{f}
	}}
}

func TestFixBringsFiles(t *testing.T) {
	key := NewFile{Path: "secrets/key.txt", Mode: 0o644, DirMode: 0o700, Content: []byte("k\n"), Secret: true}
	ignore := NewFile{Path: ".gitignore", Content: []byte("secrets/\n"), Append: true}
	tests := []struct {
		name    string
		files   fs.FS
		rules   []*Rule
		want    string // outcomes
		brought string
	}{
		{"alone", fstest.MapFS{}, []*Rule{bringing("a", false, key)}, "a/a:applied()", "secrets/key.txt"},
		{"with an edit", fstest.MapFS{}, []*Rule{bringing("a", true, key, ignore)}, "a/a:applied()", "secrets/key.txt .gitignore"},
		{"the same twice", fstest.MapFS{}, []*Rule{bringing("a", false, key), bringing("b", false, key)}, "a/a:applied() a/b:applied()", "secrets/key.txt"},
		{"what is there is not overwritten", fstest.MapFS{"secrets/key.txt": {Data: []byte("other")}}, []*Rule{bringing("a", true, key)}, "a/a:refused(gate)", ""},
		{"what is there and the same", fstest.MapFS{"secrets/key.txt": {Data: []byte("k\n")}}, []*Rule{bringing("a", true, key)}, "a/a:applied()", "secrets/key.txt"},
		{"a text in no directory", nil, []*Rule{bringing("a", true, key)}, "a/a:refused(gate)", ""},
		{"an absolute path", fstest.MapFS{}, []*Rule{bringing("a", true, NewFile{Path: "/etc/passwd"})}, "a/a:refused(gate)", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := project(t, "services:\n  a:\n    image: x\n")
			plan := HardenProject(ProjectInput{Project: p, Files: tt.files, Options: Options{Level: LevelStandard}}, tt.rules)
			if got := outcomes(plan); got != tt.want {
				t.Errorf("outcomes %s, want %s", got, tt.want)
			}
			var paths []string
			for _, f := range plan.Files() {
				paths = append(paths, f.Path)
			}
			if got := strings.Join(paths, " "); got != tt.brought {
				t.Errorf("files %q, want %q", got, tt.brought)
			}
			if edited := strings.Contains(string(plan.After.Files[0].Source.Bytes()), "user"); edited != plan.Changed() {
				t.Errorf("changed: %v, edited: %v", plan.Changed(), edited)
			}
		})
	}
}

// TestFilesDisagree: of two fixes that want something else in one file, only one is applied.
func TestFilesDisagree(t *testing.T) {
	one, other := NewFile{Path: "f", Content: []byte("1")}, NewFile{Path: "f", Content: []byte("2")}
	p := project(t, "services:\n  a:\n    image: x\n")
	plan := HardenProject(ProjectInput{Project: p, Files: fstest.MapFS{}, Options: Options{Level: LevelStandard}}, []*Rule{bringing("a", false, one), bringing("b", false, other)})
	if files := plan.Files(); len(files) != 1 || string(files[0].Content) != "1" {
		t.Errorf("files %v, want that of the first", files)
	}
}

func TestNewFileText(t *testing.T) {
	f := NewFile{Content: []byte("secrets/\n.env\n"), Append: true}
	tests := []struct{ old, want string }{
		{"", "secrets/\n.env\n"},
		{"node_modules\n", "node_modules\nsecrets/\n.env\n"},
		{"node_modules", "node_modules\nsecrets/\n.env\n"},
		{"a\r\n", "a\r\nsecrets/\r\n.env\r\n"},
		{".env\nb\n", ".env\nb\nsecrets/\n"},
		{"secrets/\n.env", "secrets/\n.env"},
	}
	for _, tt := range tests {
		if got := string(f.Text([]byte(tt.old))); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.old, got, tt.want)
		}
		if again := f.Text([]byte(tt.want)); string(again) != tt.want || f.Changes([]byte(tt.want)) {
			t.Errorf("%q is added to again: %q", tt.want, again)
		}
	}
	if got := string(f.Text(nil)); got != "secrets/\n.env\n" {
		t.Errorf("a new file holds %q", got)
	}
}
