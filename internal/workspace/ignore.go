package workspace

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
)

// ignores is what the .gitignore files of a tree say, the last one with the last word.
type ignores struct{ rules []ignoreRule }

// ignoreRule is a line of an ignore file.
type ignoreRule struct {
	base    string // the directory of the file, "." for the top
	glob    string // relative to base
	negated bool
	dirOnly bool
}

// maxIgnoreFile bounds what is read of an ignore file.
const maxIgnoreFile = 1 << 20

// read adds the lines of an ignore file that holds below base. What is no
// readable file of a reasonable size has no lines.
func (g *ignores) read(root *fsx.Root, name, base string) {
	data, err := root.ReadFile(name, maxIgnoreFile)
	if err != nil {
		return
	}
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		if r, ok := parseIgnore(strings.TrimRight(line, "\r\n")); ok {
			r.base = base
			g.rules = append(g.rules, r)
		}
	}
}

// parseIgnore turns a line into a glob, by the rules of gitignore(5).
func parseIgnore(line string) (r ignoreRule, ok bool) {
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, "\\ ") {
		line = line[:len(line)-1]
	}
	if line == "" || line[0] == '#' {
		return r, false
	}
	line, r.negated = strings.CutPrefix(line, "!")
	line, r.dirOnly = strings.CutSuffix(line, "/")
	if !strings.Contains(line, "/") {
		line = "**/" + line
	}
	line = strings.TrimPrefix(line, "/")
	if dir, all := strings.CutSuffix(line, "/**"); all {
		line = dir + "/**/*" // what is inside, not the directory
	}
	// doublestar knows alternatives, git does not.
	r.glob = strings.NewReplacer("{", `\{`, "}", `\}`, `\\`, `\\`, `\{`, `\{`, `\}`, `\}`).Replace(line)
	return r, doublestar.ValidatePattern(r.glob)
}

// match says whether a path is ignored. The directories above it must have been
// asked before: what is below an ignored one is never looked at.
func (g *ignores) match(name string, dir bool) bool {
	for i := len(g.rules) - 1; i >= 0; i-- {
		r := g.rules[i]
		if r.dirOnly && !dir {
			continue
		}
		if r.base != "." {
			below, ok := strings.CutPrefix(name, r.base+"/")
			if !ok {
				continue
			}
			if doublestar.MatchUnvalidated(r.glob, below) {
				return !r.negated
			}
		} else if doublestar.MatchUnvalidated(r.glob, name) {
			return !r.negated
		}
	}
	return false
}

// repository finds the top of the git repository that a directory belongs to, and
// the directory's path below it. A directory outside of any is its own top.
func repository(dir string) (top, prefix string) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, "."
	}
	for up := abs; ; up = filepath.Dir(up) {
		if _, err := os.Lstat(filepath.Join(up, ".git")); err == nil {
			if rel, err := filepath.Rel(up, abs); err == nil {
				return up, filepath.ToSlash(rel)
			}
		}
		if up == filepath.Dir(up) {
			return dir, "."
		}
	}
}

// above reads the ignore files of a repository from its top down to a directory.
func (g *ignores) above(top, prefix string) {
	root, err := fsx.Open(top)
	if err != nil {
		return
	}
	defer root.Close()
	g.read(root, ".git/info/exclude", ".")
	dir := "."
	for _, part := range parts(prefix) {
		g.read(root, path.Join(dir, ".gitignore"), dir)
		dir = path.Join(dir, part)
	}
}

func parts(rel string) []string {
	if rel == "." {
		return nil
	}
	return strings.Split(rel, "/")
}
