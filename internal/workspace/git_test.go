package workspace

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestIgnoresAsGit compares what is found with what git itself would list.
func TestIgnoresAsGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	for name, files := range map[string]map[string]string{
		"anchored":          {".gitignore": "/a\n", "a/Dockerfile": "", "b/a/Dockerfile": ""},
		"slash inside":      {".gitignore": "x/a\n", "x/a/Dockerfile": "", "b/x/a/Dockerfile": ""},
		"directories only":  {".gitignore": "Dockerfile/\n", "Dockerfile": "", "a/Dockerfile/Dockerfile": ""},
		"negated":           {".gitignore": "*\n!*/\n!Dockerfile\n", "a/Dockerfile": "", "a/Dockerfile.dev": ""},
		"parent excluded":   {".gitignore": "a/\n!a/Dockerfile\n", "a/Dockerfile": ""},
		"content excluded":  {".gitignore": "a/*\n!a/Dockerfile\n", "a/Dockerfile": "", "a/b/Dockerfile": ""},
		"deeper wins":       {".gitignore": "Dockerfile\n", "a/.gitignore": "!Dockerfile\n", "a/Dockerfile": "", "Dockerfile": ""},
		"two stars first":   {".gitignore": "**/a\n", "a/Dockerfile": "", "b/a/Dockerfile": "", "ba/Dockerfile": ""},
		"two stars inside":  {".gitignore": "a/**/b\n", "a/b/Dockerfile": "", "a/x/b/Dockerfile": "", "a/x/y/b/Dockerfile": "", "b/Dockerfile": ""},
		"two stars last":    {".gitignore": "a/**\n", "a/Dockerfile": "", "a/b/Dockerfile": "", "ab/Dockerfile": ""},
		"star and slash":    {".gitignore": "a/*/Dockerfile\n", "a/b/Dockerfile": "", "a/b/c/Dockerfile": ""},
		"class":             {".gitignore": "Dockerfile.[a-c]\nDockerfile.[!x-z1]\n", "Dockerfile.a": "", "Dockerfile.x": "", "Dockerfile.d": "", "Dockerfile.1": ""},
		"question mark":     {".gitignore": "Dockerfile.?\n", "Dockerfile.a": "", "Dockerfile.ab": ""},
		"escaped mark":      {".gitignore": "\\!a\n\\#b\n", "!a/Dockerfile": "", "#b/Dockerfile": ""},
		"trailing space":    {".gitignore": "a  \nb\\ \n", "a/Dockerfile": "", "b /Dockerfile": "", "b/Dockerfile": ""},
		"carriage return":   {".gitignore": "a/\r\n", "a/Dockerfile": ""},
		"byte order mark":   {".gitignore": "\ufeffa/\n", "a/Dockerfile": ""},
		"comment and blank": {".gitignore": "# Dockerfile\n\n   \n", "Dockerfile": ""},
		"nested anchored":   {"a/.gitignore": "/b\n", "a/b/Dockerfile": "", "a/c/b/Dockerfile": "", "b/Dockerfile": ""},
		"order":             {".gitignore": "!a\na\n", "a/Dockerfile": ""},
		"order back":        {".gitignore": "a\n!a\n", "a/Dockerfile": ""},
		"case":              {".gitignore": "dockerfile\n", "Dockerfile": ""},
		"star all":          {"a/.gitignore": "*\n", "a/Dockerfile": "", "Dockerfile": ""},
		"negated directory": {".gitignore": "/*\n!/a\n", "a/Dockerfile": "", "b/Dockerfile": "", "Dockerfile": ""},
		"backslash":         {".gitignore": "a\\b\nDockerfile.\\*\n", "ab/Dockerfile": "", "Dockerfile.x": ""},
		"open class":        {".gitignore": "Dockerfile.[a\n", "Dockerfile.a": "", "Dockerfile.[a": ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, files)
			git := func(args ...string) string {
				cmd := exec.Command("git", args...)
				cmd.Dir = root
				cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CEILING_DIRECTORIES="+root)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("git %v: %v: %s", args, err, out)
				}
				return string(out)
			}
			git("init", "-q")
			var want []string
			for _, f := range strings.Split(git("ls-files", "-z", "--others", "--exclude-standard"), "\x00") {
				if f != "" && !strings.HasSuffix(f, ".gitignore") {
					want = append(want, f)
				}
			}
			r, err := Discover(context.Background(), []string{root})
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(want)
			if got := names(r); !slices.Equal(got, want) {
				t.Errorf("found %q, git lists %q", got, want)
			}
		})
	}
}
