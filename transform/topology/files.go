package topology

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Bounds of what is looked at for one project.
const (
	maxFile  = 512 << 10
	maxFiles = 4000
	maxBytes = 16 << 20
)

// file is a text file of the project.
type file struct {
	name    string
	text    string
	first   int // lines in front of the text
	dialect dialect
}

// place names a line of the file.
func (f *file) place(line int) string { return local(f.name) + ":" + strconv.Itoa(f.first+line) }

// scanner reads files of the project, each once.
type scanner struct {
	files fs.FS
	kept  map[string]*file // nil for those that are not to be looked at
	bytes int
}

func newScanner(files fs.FS) *scanner { return &scanner{files: files, kept: map[string]*file{}} }

// local is the path of a file as messages name it.
func local(name string) string { return strings.TrimPrefix(path.Clean(name), "./") }

// read gives the text of a file of the project.
func (s *scanner) read(name string) (text string, ok bool) {
	if !s.inside(name) {
		return "", false
	}
	f, err := s.file(local(name))
	if err != nil || f == nil {
		return "", false
	}
	return f.text, true
}

// inside reports whether a name is one of the project's files.
func (s *scanner) inside(name string) bool {
	return s.files != nil && name != "" && !strings.ContainsAny(name, "$~") && fs.ValidPath(local(name))
}

// walk gives the texts of a file, or of all files of a directory. complete is false when
// it is not there or goes beyond the bounds.
func (s *scanner) walk(name string) (out []*file, complete bool) {
	if !s.inside(name) {
		return nil, false
	}
	complete = true
	err := fs.WalkDir(s.files, local(name), func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && at != local(name) && skippedDir(path.Base(at)):
			return fs.SkipDir
		case d.IsDir() || skippedFile(path.Base(at)):
			return nil
		}
		f, err := s.file(at)
		if errors.Is(err, errBounds) {
			complete = false
			return fs.SkipAll
		}
		if f != nil {
			out = append(out, f)
		}
		return nil
	})
	return out, complete && err == nil
}

var errBounds = errors.New("too much to look at")

// file reads a file that names may stand in: nil for one that is no text.
func (s *scanner) file(name string) (*file, error) {
	if f, ok := s.kept[name]; ok {
		return f, nil
	}
	if len(s.kept) >= maxFiles || s.bytes > maxBytes {
		return nil, errBounds
	}
	info, err := fs.Stat(s.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		s.kept[name] = nil
		return nil, nil
	}
	if info.Size() > maxFile {
		return nil, errBounds
	}
	data, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil, err
	}
	s.bytes += len(data)
	text := string(data)
	if strings.IndexByte(text[:min(len(text), 8192)], 0) >= 0 {
		s.kept[name] = nil
		return nil, nil
	}
	f := &file{name: name, text: text, dialect: dialectOf(name)}
	s.kept[name] = f
	return f, nil
}

// glob finds what a COPY takes from a context.
func (s *scanner) glob(context, pattern string) []string {
	name := path.Join(context, path.Clean("/"+pattern))
	if !strings.ContainsAny(pattern, "*?[") || s.files == nil || !s.inside(name) {
		return []string{name}
	}
	found, err := fs.Glob(s.files, local(name))
	if err != nil {
		return []string{name}
	}
	return found
}

// skippedDir reports whether a directory holds others' work, or none that runs.
func skippedDir(name string) bool {
	switch name {
	case ".git", ".github", ".idea", ".vscode", ".docker", "node_modules", "vendor", "__pycache__", ".venv", "venv", "target", "dist", "build", "docs", "doc", "test", "tests", "__tests__", "spec":
		return true
	}
	return false
}

// skippedFile reports whether a file is no program and no configuration of one.
func skippedFile(name string) bool {
	lower := strings.ToLower(name)
	switch path.Ext(lower) {
	case ".md", ".rst", ".html", ".htm", ".css", ".scss", ".sass", ".less", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".woff", ".woff2", ".ttf", ".pdf", ".lock", ".sum", ".csv", ".map", ".zip", ".gz", ".jar":
		return true
	}
	switch lower {
	case "package-lock.json", "npm-shrinkwrap.json", ".dockerignore", ".gitignore", "license", "readme", "makefile", "mvnw", "mvnw.cmd", "gradlew", "gradlew.bat":
		return true
	}
	return strings.HasPrefix(lower, "docker-compose") || strings.HasPrefix(lower, "compose.") || strings.HasPrefix(lower, "dockerfile")
}

// dialectOf tells programs from configuration by the name of a file.
func dialectOf(name string) dialect {
	switch path.Ext(strings.ToLower(name)) {
	case ".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".go", ".java", ".kt", ".scala", ".groovy", ".rb", ".php", ".rs", ".c", ".cc", ".cpp", ".h", ".hpp",
		".cs", ".fs", ".vb", ".ex", ".exs", ".erl", ".clj", ".lua", ".pl", ".pm", ".r", ".swift", ".dart", ".vue", ".svelte", ".twig", ".erb", ".sql", ".gradle", ".kts", ".csproj", ".sln", ".json", ".txt":
		return source
	}
	return words
}
