package service

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// Bounds of what is looked at for one variable: what is beyond is taken for a reader.
const (
	maxScripts = 500
	maxDeep    = 3 // directories below the compose file
)

// initScripts is the directory whose scripts the entrypoints of databases run themselves,
// once they have read the files: they see the variable.
const initScripts = "/docker-entrypoint-initdb.d"

// readInFiles says which file that a service is given reads a variable, or may, "" when none
// does: a health check is a script as often as not, and runs without the entrypoint.
func readInFiles(p *transform.ServicePass, name string) string {
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
	for _, s := range p.Views() {
		for _, m := range s.Mounts() {
			if m.Type != "bind" || m.Target == initScripts || strings.HasPrefix(m.Target, initScripts+"/") || path.IsAbs(m.Source) {
				continue
			}
			where, whole := mentions(p.Files, m.Source, word)
			switch {
			case where != "":
				return where + " of " + s.Name + " reads " + name
			case !whole && runs(s, m.Target):
				return fmt.Sprintf("%s runs what it mounts on %s, which is not all here and may read %s", s.Name, m.Target, name)
			}
		}
		if b := s.Build(); b != nil && !b.Inline && !path.IsAbs(b.Context) {
			if where, _ := mentions(p.Files, b.Context, word); where != "" {
				return where + ", of which " + s.Name + " is built, reads " + name
			}
		}
	}
	for _, l := range transform.ProjectShared(p, "exec lines", execLines) {
		if word.MatchString(l.text) {
			return l.where + " reads " + name + " inside of a container"
		}
	}
	return ""
}

// execLine is a line of a script of the project that runs something in a container.
type execLine struct{ where, text string }

var (
	execs  = regexp.MustCompile(`\b(docker|podman|compose|docker-compose)\b.*\bexec\b`)
	hosted = regexp.MustCompile(`(?i)^(makefile|justfile|taskfile\.ya?ml|package\.json|.*\.(sh|bash|mk))$`)
)

// execLines lists them: what people run beside the project breaks as well when a variable
// is gone.
func execLines(p *transform.ServicePass) []execLine {
	if p.Files == nil {
		return nil
	}
	var out []execLine
	count := 0
	_ = fs.WalkDir(p.Files, ".", func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // what cannot be read is no script that anybody runs
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "vendor" || strings.Count(at, "/") >= maxDeep):
			return fs.SkipDir
		case !d.Type().IsRegular() || !hosted.MatchString(d.Name()):
			return nil
		}
		if count++; count > maxScripts {
			return fs.SkipAll
		}
		text, _ := transform.ReadBounded(p.Files, at)
		number := 0
		for line := range strings.Lines(text) {
			if number++; execs.MatchString(line) {
				out = append(out, execLine{at + ":" + strconv.Itoa(number), line})
			}
		}
		return nil
	})
	return out
}

// runs reports whether a service's start or health check names something below a place.
func runs(s *compose.Service, target string) bool {
	for _, c := range []compose.Command{s.Command(), s.Entrypoint(), s.Healthcheck()} {
		if strings.Contains(" "+strings.Join(words(c), " "), " "+strings.TrimSuffix(target, "/")) {
			return true
		}
	}
	return false
}

// mentions looks for a word in a file, or in all files of a directory but those of compose,
// variables and documentation. whole is false when not all of them could be looked at.
func mentions(files fs.FS, source string, word *regexp.Regexp) (where string, whole bool) {
	source = path.Clean(source)
	if files == nil || !fs.ValidPath(source) {
		return "", false
	}
	count := 0
	whole = true
	err := fs.WalkDir(files, source, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular() || notAScript(d.Name()):
			return nil
		}
		if count++; count > maxScripts {
			whole = false
			return fs.SkipAll
		}
		text, ok := transform.ReadBounded(files, at)
		if whole = whole && ok; word.MatchString(text) {
			where = at
			return fs.SkipAll
		}
		return nil
	})
	return where, whole && err == nil
}

// notAScript reports whether a file is none that a container would run, by its name.
func notAScript(name string) bool {
	lower := strings.ToLower(name)
	switch path.Ext(lower) {
	case ".md", ".rst", ".txt", ".env", ".example":
		return true
	}
	return strings.Contains(lower, "compose") && (strings.HasSuffix(lower, ".yml") || strings.HasSuffix(lower, ".yaml")) || strings.HasPrefix(lower, ".env")
}
