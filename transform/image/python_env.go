package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var pythonEnv = &transform.Rule{
	ID:     "python-env",
	Title:  "Python logs at once, writes no bytecode and hashes unpredictably",
	Safety: transform.Guarded,
	Doc: `Three settings for a Python 3 service in a container:

- ` + "`PYTHONUNBUFFERED=1`" + `: what the program prints reaches the log when it is printed, also when it crashes.
- ` + "`PYTHONDONTWRITEBYTECODE=1`" + `: imports write no ` + "`__pycache__`" + ` at run time, so the root file system can be
  read-only. pip still compiles what it installs.
- ` + "`PYTHONHASHSEED=random`" + `: the seed of str hashes differs in each process, which is Python's default made explicit, so that a
  fixed seed from elsewhere does not open the way to hash-flooding attacks. Left out with PySpark, whose executors must agree on the seed.

A value that the file sets wins, whatever it is; only what is missing is added, as one ENV where a person would put it. Only the
stage that ships is changed, and only when Python 3 runs in it.`,
	Controls: []transform.Control{
		{Framework: "Python documentation", ID: "using/cmdline", Title: "Environment variables"},
	},
	Check: checkPythonEnv,
}

func checkPythonEnv(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	if !runsPython3(p) {
		return nil
	}
	var missing []string
	config := map[string]string{}
	for _, s := range [][2]string{{"PYTHONUNBUFFERED", "1"}, {"PYTHONDONTWRITEBYTECODE", "1"}, {"PYTHONHASHSEED", "random"}} {
		if slices.ContainsFunc(dockerfile.ImageConfig(final.Stage).Env, func(e dockerfile.Setting) bool { return e.Name == s[0] }) {
			continue
		}
		if s[0] == "PYTHONHASHSEED" && usesSpark(p) {
			continue
		}
		missing = append(missing, s[0]+"="+s[1])
		config["ENV "+s[0]] = s[1]
	}
	if len(missing) == 0 {
		return []transform.Finding{transform.Done(final.Stage.From.Span, "Python's environment is set")}
	}
	doc := p.Doc
	text := "ENV " + strings.Join(missing, " "+string(doc.Escape)+doc.Source.Newline()+"    ")
	anchor := envAnchor(final.Stage)
	edit := insertAfter(anchor, text)
	if anchor.Is("ENV") { // joins the block
		edit = parser.Insert(edit.Span.Start, strings.TrimPrefix(edit.New, doc.Source.Newline()))
		if !strings.HasSuffix(doc.Source.Text(anchor.LineSpan()), "\n") {
			edit = insertAfter(anchor, text)
		}
	}
	fix := &transform.Fix{Edits: []parser.Edit{edit}}
	fix.Declares.Config = config
	return []transform.Finding{transform.Propose(final.Stage.From.Span, transform.Guarded, "Python's environment is set: "+strings.Join(missing, " "), fix)}
}

// envAnchor is the instruction behind which ENV goes: the last ENV at the top of the
// stage, else WORKDIR when it opens the stage, else what describes the image there.
func envAnchor(stage *dockerfile.Stage) *dockerfile.Instruction {
	anchor := stage.From
	var env *dockerfile.Instruction
	for _, in := range stage.Instructions[1:] {
		if in.Is("ENV") {
			env = in
		}
		if !in.Is("ENV", "LABEL", "MAINTAINER", "ARG", "SHELL") {
			if in.Is("WORKDIR") && env == nil {
				anchor = in
			}
			break
		}
		anchor = in
	}
	if env != nil {
		return env
	}
	return anchor
}

// pythonPrograms start a Python interpreter.
var pythonPrograms = []string{"python3", "gunicorn", "uvicorn", "celery", "flask", "django-admin", "hypercorn", "daphne", "streamlit", "waitress-serve", "fastapi", "granian"}

// runsPython3 reports whether the shipped image runs CPython 3.
func runsPython3(p *transform.Pass) bool {
	final := p.Facts.Final()
	if final.Stage.Windows() {
		return false
	}
	if b := final.Base; b != nil && b.Language == "python" {
		return b.Image == "python" && !strings.HasPrefix(b.Version, "2") || b.Image != "python" && startsPython(p)
	}
	has3 := slices.ContainsFunc(final.Packages, func(i transform.Installed) bool {
		return systemPython(i.Manager) && (i.Name == "python3" || strings.HasPrefix(i.Name, "python3-") || strings.HasPrefix(i.Name, "python3."))
	})
	has2 := slices.ContainsFunc(final.Packages, func(i transform.Installed) bool {
		return systemPython(i.Manager) && (i.Name == "python" || i.Name == "python2" || strings.HasPrefix(i.Name, "python-") || strings.HasPrefix(i.Name, "python2."))
	})
	return has3 && !has2 && startsPython(p)
}

func systemPython(manager string) bool {
	return manager != "pip" && manager != "npm" && manager != "gem"
}

func startsPython(p *transform.Pass) bool {
	for _, argv := range runtimeOf(p).programs {
		name := path.Base(argv[0])
		if slices.Contains(pythonPrograms, name) || name == "python" || strings.HasPrefix(name, "python3") || strings.HasSuffix(name, ".py") {
			return true
		}
	}
	return false
}

// usesSpark reports whether PySpark is part of the image.
func usesSpark(p *transform.Pass) bool {
	final := p.Facts.Final()
	if strings.Contains(final.BaseRef, "spark") {
		return true
	}
	if slices.ContainsFunc(final.Packages, func(i transform.Installed) bool { return i.Name == "pyspark" }) {
		return true
	}
	if p.Files == nil {
		return false
	}
	for _, name := range []string{"requirements.txt", "pyproject.toml", "Pipfile", "environment.yml", "setup.py"} {
		if text, ok := readBounded(p.Files, name); ok && strings.Contains(strings.ToLower(text), "pyspark") {
			return true
		}
	}
	return false
}
