package image

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// pythonVerdict says whether the shipped image runs CPython 3.
type pythonVerdict struct {
	three   bool
	why     string // the evidence
	unknown string // Python runs, but which cannot be told
}

// pythonPrograms are programs written in Python that applications start, by their
// usual console scripts (their projects' documentation, "Installation").
var pythonPrograms = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`gunicorn uvicorn hypercorn daphne waitress-serve granian uwsgi celery flask django-admin manage.py fastapi streamlit
		jupyter jupyter-lab jupyter-notebook airflow dramatiq rq rqworker huey_consumer huey_consumer.py uv poetry pipenv pdm hatch rye
		ddtrace-run newrelic-admin opentelemetry-instrument scrapy scrapyd mkdocs locust prefect dagster mlflow superset odoo
		pserve chalice ipython luigid buildbot twistd twist sanic litestar starlette chainlit gradio bokeh voila panel nikola pelican
		ansible ansible-playbook salt-master pytest tox nox python pip`) {
		m[name] = true
	}
	return m
}()

var pythonName = lazily(`^python([23])?(\.\d+)?$`)

// pythonOf works out what is known of Python in the shipped image.
func pythonOf(p *transform.Pass) pythonVerdict {
	final := p.Facts.Final()
	if final.Stage.Windows() {
		return pythonVerdict{}
	}
	base, language := pythonBase(final)
	if language && base == "2" {
		return pythonVerdict{}
	}
	runs, named := pythonRuns(p, language)
	installed := pythonInstalled(final)
	switch {
	case !runs || named == "2":
		return pythonVerdict{}
	case base == "3":
		return pythonVerdict{three: true, why: "the base image " + final.BaseRef + " has CPython 3"}
	case named == "3":
		return pythonVerdict{three: true, why: "the image starts python3"}
	case base == "?":
		return pythonVerdict{unknown: "the tag of " + rootBase(final) + " does not tell the version"}
	case installed == "3":
		return pythonVerdict{three: true, why: "the file installs python3 and starts a Python program"}
	case installed == "2 and 3":
		return pythonVerdict{unknown: "the file installs both Python 2 and Python 3"}
	}
	return pythonVerdict{}
}

// pythonBase tells the Python of the base image: "3", "2", "?" when the tag is not
// known, "" when the image is not one of Python. language says that it is.
func pythonBase(final *transform.StageFacts) (version string, language bool) {
	ref := final.BaseRef
	if ref == "" {
		r := knowledge.ParseRef(rootBase(final))
		if path.Base(r.Repository) == "python" {
			if major := majorOf(r.Tag); major != "" {
				return major, true
			}
			return "?", true
		}
		return "", false
	}
	r := knowledge.ParseRef(ref)
	name, tag := strings.ToLower(path.Base(r.Repository)), strings.ToLower(r.Tag)
	switch {
	case strings.Contains(name, "pypy") || strings.Contains(tag, "pypy"):
		return "", false
	case name == "python":
		if major := majorOf(strings.TrimPrefix(tag, "v")); major != "" {
			return major, true
		}
		if r.Repository == "python" || final.Base != nil {
			return "3", true // latest, slim, alpine, bookworm …
		}
		return "?", true
	case pythonRepository.MatchString(name): // ubi9/python-311, distroless/python3-debian12
		return pythonRepository.FindStringSubmatch(name)[1], true
	case pythonTwo[r.Repository]:
		return "2", true
	case r.Repository == "tensorflow/tensorflow":
		if b := final.Base; b != nil && (majorOf(b.Version) == "1" || b.Version == "2.0" || b.Version == "2.1" || strings.HasPrefix(b.Version, "2.0.") || strings.HasPrefix(b.Version, "2.1.")) && !strings.Contains(tag, "py3") {
			return "2", true
		}
		return "3", true
	}
	if m := pythonTag.FindStringSubmatch(tag); m != nil {
		return m[1], true
	}
	if final.Base != nil && final.Base.Language == "python" {
		return "3", true
	}
	return "", false
}

// pythonTag finds Python's version in tags such as python3.12-bookworm.
var pythonTag = lazily(`(?:^|-)(?:python|py)([23])(?:\.\d+|-|$)`)

var pythonRepository = lazily(`^python-?([23])`)

// pythonTwo are images of Python 2 (anaconda.com: "Anaconda2 and Miniconda2").
var pythonTwo = map[string]bool{"continuumio/anaconda": true, "continuumio/miniconda": true, "conda/miniconda2": true, "continuumio/miniconda2": true}

// majorOf is the 2 or 3 that a version starts with.
func majorOf(version string) string {
	if version != "" && version[0] >= '1' && version[0] <= '9' && (len(version) == 1 || version[1] == '.' || version[1] == '-') {
		return version[:1]
	}
	return ""
}

// rootBase is what the first of the stages below the final one is built on, as written.
func rootBase(final *transform.StageFacts) string { return shipping(final)[0].Stage.Base }

// pythonRuns reports whether what starts is Python or a program written in it, and
// the major version where the name gives it. On a base image of Python, a script that
// could not be read counts, too: that is what such an image is for.
func pythonRuns(p *transform.Pass, language bool) (runs bool, version string) {
	other := false
	for _, prog := range programsOf(p) {
		if m := pythonName.FindStringSubmatch(prog.name); m != nil {
			runs = true
			if version == "" {
				version = m[1]
			}
			continue
		}
		if pythonPrograms[prog.name] || strings.HasSuffix(prog.name, ".py") || strings.HasSuffix(prog.name, "3") && pythonPrograms[strings.TrimSuffix(prog.name, "3")] {
			runs = true
			continue
		}
		if !looksLikeProject(prog) {
			other = true
		}
	}
	if language && !other {
		runs = true
	}
	return runs, version
}

// looksLikeProject reports whether a program may be a script or console script of
// the project itself.
func looksLikeProject(prog program) bool {
	return !shells[prog.name] && !foreignPrograms[prog.name] || len(prog.argv) > 1 && shells[prog.name]
}

// foreignPrograms are started in images of Python for something else.
var foreignPrograms = map[string]bool{"node": true, "npm": true, "yarn": true, "nginx": true, "java": true, "ruby": true, "php": true, "go": true, "supervisord": true, "sleep": true, "tail": true, "sshd": true, "/usr/sbin/sshd": true}

// pythonInstalled tells which Python the stage's commands install: "3", "2", "2 and 3" or "".
func pythonInstalled(final *transform.StageFacts) string {
	two, three := false, false
	for _, pkg := range final.Packages {
		switch pkg.Manager {
		case "apt", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper":
			switch {
			case pythonThreePackage.MatchString(pkg.Name):
				three = true
			case pythonTwoPackage.MatchString(pkg.Name):
				two = true
			}
		}
	}
	switch {
	case two && three:
		return "2 and 3"
	case three && !pythonIsTwo(final):
		return "3"
	case two:
		return "2"
	}
	return ""
}

var (
	pythonThreePackage = lazily(`^(python3(\.\d+)?(-minimal|-full|-pip|-venv|-dev|-devel|-setuptools)?|python3\d+(-pip)?|py3-pip|python-is-python3)$`)
	pythonTwoPackage   = lazily(`^(python|python2(\.7)?|python27|python-(pip|dev|devel|minimal|setuptools|virtualenv)|py-pip|py2-pip|python-is-python2)$`)
)

// pythonIsTwo reports whether the image brings a Python 2 of its own under the name
// of python, so that python3 beside it proves nothing.
func pythonIsTwo(final *transform.StageFacts) bool {
	b := final.Base
	return b == nil || b.Family == "rhel" || !slices.Contains([]string{"debian", "ubuntu", "alpine"}, b.Image)
}

// requirementFiles are where Python projects name what they need, at the top of the
// project and in its directories.
var requirementFiles = []string{"requirements*.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment*.yml", "environment*.yaml", "conda.yml"}

// requirements lists those files, from one reading of the directory.
func requirements(files fs.FS) []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		switch {
		case !e.IsDir():
			if slices.ContainsFunc(requirementFiles, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok }) {
				out = append(out, name)
			}
		case name == "requirements":
			below, _ := fs.Glob(files, "requirements/*.txt")
			out = append(out, below...)
		default:
			out = append(out, name+"/requirements.txt", name+"/pyproject.toml")
		}
	}
	return out
}

var sparkWord = lazily(`(?mi)^[^#\n]*\b(pyspark|databricks-connect|findspark)\b`)

// sparkIn says where PySpark is used, "" when it is not.
func sparkIn(p *transform.Pass) string {
	final := p.Facts.Final()
	if strings.Contains(strings.ToLower(final.BaseRef), "spark") {
		return "the base image is one of Spark"
	}
	for _, pkg := range final.Packages {
		if strings.Contains(strings.ToLower(pkg.Name), "spark") {
			return "the file installs " + pkg.Name
		}
	}
	if _, ok := final.End().Env("SPARK_HOME"); ok {
		return "SPARK_HOME is set"
	}
	for _, prog := range programsOf(p) {
		if strings.HasPrefix(prog.name, "spark-") || prog.name == "pyspark" {
			return "the image starts " + prog.name
		}
	}
	if p.Files == nil {
		return ""
	}
	for _, name := range requirements(p.Files) {
		if text, ok := transform.ReadBounded(p.Files, name); ok && sparkWord.MatchString(text) {
			return name + " names PySpark"
		}
	}
	return ""
}
