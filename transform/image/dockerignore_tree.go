package image

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// contextTree is what the build context holds, as far as it was read.
type contextTree struct {
	files   []string // paths, without what nobody wrote by hand
	partial bool     // there is more than is reasonable to read

	gitUser string // a file that uses the repository's history
	envUser string // a file that reads .env
	// recipesUsed: a file mentions a Dockerfile or a compose file.
	recipesUsed bool
}

// Bounds of what is read of a build context.
const (
	maxTreeFiles = 3000
	maxTreeBytes = 8 << 20
	maxTreeFile  = 512 << 10
)

// passedBy are directories that are not looked into: other people's files, and results.
var passedBy = []string{"node_modules", ".git", "vendor", ".venv", "venv", "target", "dist", ".terraform", ".idea", ".vscode", "__pycache__", ".gradle", "bower_components"}

// readTree looks through a build context.
func readTree(files fs.FS) *contextTree {
	t := &contextTree{}
	bytes := 0
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			t.partial = true
			return fs.SkipDir
		case d.IsDir():
			if name != "." && slices.Contains(passedBy, d.Name()) {
				return fs.SkipDir
			}
			return nil
		case len(t.files) >= maxTreeFiles:
			t.partial = true
			return fs.SkipAll
		}
		t.files = append(t.files, name)
		if d.Type().IsRegular() && tells(name) {
			bytes += t.read(files, name)
			if bytes > maxTreeBytes {
				t.partial = true
				return fs.SkipAll
			}
		}
		return nil
	})
	t.partial = t.partial || err != nil
	return t
}

// tells reports whether a file may say that something is used: no documents, no lists of
// packages, no pictures.
func tells(name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(name, ".github/") || strings.HasPrefix(name, ".circleci/") || strings.Contains(strings.ToLower(base), "lock") || strings.HasPrefix(base, ".git") {
		return false
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".md", ".rst", ".adoc", ".lock", ".sum", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".eot", ".pdf", ".zip", ".gz", ".jar", ".map", ".css", ".csv", ".po", ".mo", ".mp4", ".webp", ".pyc", ".so", ".a", ".o", ".exe", ".dll":
		return false
	}
	return !isDockerfileName(base) && !composeName(base) && base != ".gitlab-ci.yml" && base != "LICENSE"
}

var (
	// usesGit are programs and libraries that look at the repository's history.
	usesGit = lazily(`(?i)(\bgit[ '",]+(-C \S+ )?['"]?(describe|rev-parse|rev-list|log|show|status|ls-files|diff|submodule|tag|branch|config|symbolic-ref|name-rev|for-each-ref)\b` +
		`|setuptools[-_]scm|hatch-vcs|versioneer|dynamic-versioning|versioningit|git[-_]?python|\bpbr\b|readbuildinfo|vcs\.revision|buildvcs|go-git` +
		`|git-commit-id|gitversion|nerdbank|minver|sourcelink|vergen|shadow-rs|git2|git[-_]version|gitinfo|git[-_]revision|gitrevision|simple-git|nodegit|isomorphic-git` +
		`|husky|lefthook|gitpython|pygit2|rugged|jgit|lastupdated|enablegitinfo|release-it|standard-version|semantic-release|lerna|changesets|git-rev|git_commit|git_sha|git-describe)`)
	gitDir = lazily(`(^|[\s"'/=(,])\.git([/"'\s),]|$)`)
	// readsEnv are programs and libraries that read .env by themselves.
	readsEnv = lazily(`(?i)(dotenv|decouple|django-environ|\benviron\b.*read_env|pydantic[-_]settings|BaseSettings|starlette\.config|dynaconf|envparse|"(vite|next|nuxt|react-scripts|gatsby|astro|@sveltejs/kit|@vue/cli-service|parcel|@nestjs/config|@adonisjs/core|@remix-run/dev|env-cmd|expo|react-native-config)"` +
		`|laravel/framework|symfony/(runtime|dotenv|framework-bundle)|phpdotenv|codeigniter|godotenv|viper|cleanenv|envconfig|figaro|flask-cors-env|load_env|loadenv|--env-file|process\.loadEnvFile)`)
	envFile = lazily(`(^|[^A-Za-z0-9_])\.env([^A-Za-z0-9_]|$)`)
)

// read looks for users of .git and .env in a file, and says how much it read.
func (t *contextTree) read(files fs.FS, name string) int {
	info, err := fs.Stat(files, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxTreeFile {
		return 0
	}
	data, err := fs.ReadFile(files, name)
	if err != nil || strings.IndexByte(string(data[:min(len(data), 512)]), 0) >= 0 {
		return len(data)
	}
	text := string(data)
	if t.gitUser == "" && (usesGit.MatchString(text) || gitDir.MatchString(text)) {
		t.gitUser = name
	}
	t.recipesUsed = t.recipesUsed || strings.Contains(text, "Dockerfile") || strings.Contains(text, "docker-compose") || strings.Contains(text, "compose.y")
	if t.envUser == "" && (readsEnv.MatchString(text) || envFile.MatchString(strings.ReplaceAll(strings.ReplaceAll(text, "process.env", ""), "import.meta.env", "")) && !strings.HasPrefix(path.Base(name), ".env")) {
		t.envUser = name
	}
	return len(data)
}

// project reports whether there is anything but files for building images, and documents.
func (t *contextTree) project() bool {
	return slices.ContainsFunc(t.files, func(name string) bool {
		base := path.Base(name)
		return !isDockerfileName(base) && !strings.HasSuffix(base, ".dockerignore") && !composeName(base) && !strings.HasPrefix(base, ".git") && !strings.HasPrefix(base, ".env") && !strings.HasPrefix(strings.ToUpper(base), "README") && !strings.HasPrefix(strings.ToUpper(base), "LICENSE")
	})
}

// has reports whether a file of the name, or that ends so, is anywhere in the tree.
func (t *contextTree) has(names ...string) bool {
	return slices.ContainsFunc(t.files, func(file string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			return path.Base(file) == n || strings.HasPrefix(n, ".") && path.Ext(file) == n
		})
	})
}

// count says how many files of a name there are.
func (t *contextTree) count(name string) int {
	n := 0
	for _, file := range t.files {
		if path.Base(file) == name {
			n++
		}
	}
	return n
}

// severalDockerfiles reports whether there are others than the one of a name.
func (t *contextTree) severalDockerfiles(own string) bool {
	n := 0
	for _, file := range t.files {
		if isDockerfileName(path.Base(file)) {
			n++
		}
	}
	return n > 1 || n == 1 && !t.has(own)
}

func isDockerfileName(base string) bool {
	lower := strings.ToLower(base)
	return !strings.HasSuffix(lower, ".dockerignore") && (strings.HasPrefix(lower, "dockerfile") || strings.HasSuffix(lower, ".dockerfile") || strings.HasPrefix(lower, "containerfile"))
}

func composeName(base string) bool {
	lower := strings.ToLower(base)
	return (strings.HasPrefix(lower, "docker-compose") || strings.HasPrefix(lower, "compose")) && (strings.HasSuffix(lower, ".yml") || strings.HasSuffix(lower, ".yaml"))
}
