package image

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var reasonUnknownContext = transform.Reason{Code: "unknown-context", Text: "the directory that the image is built in is not the one that was looked at: what the Dockerfile copies is not there, or compose builds it elsewhere."}

var dockerIgnore = &transform.Rule{
	ID:     "dockerignore",
	Title:  "What the image does not need is kept out of the build context",
	Safety: transform.Guarded,
	Doc: "`COPY . .`" + ` takes all that lies in the directory: the history of the repository with every secret that was ever committed, ` + "`.env`" + ` with today's
passwords, packages of the developer's machine over those that the build installed. Where a Dockerfile copies the whole directory and there is no ignore file, the
rule writes a ` + "`.dockerignore`" + `. It is fitted to what the directory holds:

| found | left out |
|---|---|
| always | ` + "`.git`, `.github`, `.idea`, `.vscode`, `.DS_Store`, `.env`" + ` and its variants, the Dockerfile, compose files |
| Python | ` + "`__pycache__`, `*.pyc`" + `, caches of test tools, ` + "`.venv`" + ` |
| package.json and a RUN that installs | ` + "`node_modules`" + ` |
| composer.json and a RUN that installs | ` + "`vendor`" + ` |
| Cargo.toml, pom.xml and a RUN that builds | ` + "`target`" + ` |
| .NET projects and a RUN that builds | ` + "`obj`, `bin/Debug`, `bin/Release`" + ` |
| Gradle, Terraform | ` + "`.gradle`; `.terraform`, `*.tfstate`" + ` |

Nothing is left out that something uses. A name stays when an instruction of the Dockerfile, its start or its health check mentions it, or a script or source
file of the directory does: ` + "`.git`" + ` for version stamps (` + "`git describe`" + `, setuptools-scm, ` + "`debug.ReadBuildInfo`" + ` …), ` + "`.env`" + ` for whoever reads it when the program starts or is
built (dotenv, Vite, Next.js, Laravel …). Directories of build results such as ` + "`dist`" + ` and ` + "`build`" + ` are never left out, for they may be what is copied.
Where more files would have to be read than is reasonable, ` + "`.git`" + ` and ` + "`.env`" + ` stay.

Several Dockerfiles in one directory get an ignore file each, ` + "`NAME.dockerignore`" + `, which BuildKit reads in place of the common one.
An ignore file that is there is left alone.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.10", Title: "Ensure secrets are not stored in Dockerfiles"},
		{Framework: "NIST SP 800-190", ID: "4.1.4", Title: "Embedded clear text secrets"},
	},
	Reasons: []transform.Reason{reasonUnknownContext},
	Check:   checkDockerIgnore,
}

func checkDockerIgnore(p *transform.Pass) []transform.Finding {
	all := copiesAll(p)
	if all == nil || p.Files == nil {
		return nil
	}
	name := placeInContext(p)
	for _, ignore := range []string{name + ".dockerignore", ".dockerignore", ".containerignore"} {
		if _, err := fs.Stat(p.Files, ignore); err == nil {
			return []transform.Finding{transform.Done(all.Span, ignore+" keeps files out of the build context")}
		}
	}
	const message = "the whole directory goes into the image"
	if p.Usage.Elsewhere {
		return []transform.Finding{transform.Refuse(all.Span, message, reasonUnknownContext, "compose builds it in another directory")}
	}
	if missing := missingSource(p); missing != "" {
		return []transform.Finding{transform.Refuse(all.Span, message, reasonUnknownContext, "%s is not there", missing)}
	}
	tree := readTree(p.Files)
	if !tree.project() {
		return []transform.Finding{transform.Refuse(all.Span, message, reasonUnknownContext, "nothing is there but files for building images")}
	}
	target := ".dockerignore"
	if tree.severalDockerfiles(path.Base(name)) {
		target = name + ".dockerignore"
	}
	kept, text := ignoreText(p, tree, name)
	f := transform.Propose(all.Span, transform.Guarded, target+" keeps what the image does not need out of the build context", &transform.Fix{
		Files: []transform.NewFile{{Path: target, Content: []byte(text)}},
	})
	f.Evidence = kept
	for _, k := range kept {
		f.Message += "; " + k
	}
	return []transform.Finding{f}
}

// copiesAll finds the first COPY or ADD of the whole build context.
func copiesAll(p *transform.Pass) *dockerfile.Instruction {
	for _, sf := range p.Facts.Stages {
		if i := slices.IndexFunc(sf.Steps, takesAll); i >= 0 && !sf.Stage.Windows() {
			return sf.Steps[i].Instruction
		}
	}
	return nil
}

// copiesAllTo reports whether the whole build context is copied to a stage.
func copiesAllTo(sf *transform.StageFacts) bool { return slices.ContainsFunc(sf.Steps, takesAll) }

func takesAll(step transform.Step) bool {
	return slices.ContainsFunc(contextSources(step), func(src string) bool { return path.Clean("/"+src) == "/" })
}

// contextSources lists what an instruction takes from the build context, variables filled in
// where they are known.
func contextSources(step transform.Step) []string {
	in := step.Instruction
	if _, _, other := in.Flag("from"); !in.Is("COPY", "ADD") || other || len(in.Args) < 2 {
		return nil
	}
	var out []string
	for _, a := range in.Args[:len(in.Args)-1] {
		src, _ := step.Expand(a.Value)
		if !remoteSource(src) && !strings.HasPrefix(src, "<<") {
			out = append(out, src)
		}
	}
	return out
}

// missingSource finds a file that is copied by its name and is not in the build context.
func missingSource(p *transform.Pass) string {
	for _, sf := range p.Facts.Stages {
		for _, step := range sf.Steps {
			for _, src := range contextSources(step) {
				name := path.Clean("/" + src)[1:]
				if name == "" || strings.ContainsAny(name, "$*?[\"'\\") {
					continue
				}
				if _, err := fs.Stat(p.Files, name); err != nil {
					return src
				}
			}
		}
	}
	return ""
}

// placeInContext is the path of the Dockerfile below the build context, as far as its name
// tells: the longest end of it that is there.
func placeInContext(p *transform.Pass) string {
	name := path.Clean(strings.ReplaceAll(p.Doc.Source.Name(), `\`, "/"))
	parts := strings.Split(strings.TrimPrefix(name, "/"), "/")
	for i := range parts {
		end := path.Join(parts[i:]...)
		if info, err := fs.Stat(p.Files, end); fs.ValidPath(end) && err == nil && info.Mode().IsRegular() {
			return end
		}
	}
	return path.Base(name)
}

// mentionsName reports whether a text has a name as a part of a path.
func mentionsName(text, name string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(name)
		if (start == 0 || !nameByte(text[start-1])) && (end == len(text) || !nameByte(text[end])) {
			return true
		}
		at = end
	}
}

// nameByte reports whether a byte goes on with a name of a file.
func nameByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// mentionedBy finds an instruction of the kinds that mentions one of the names, nil when
// none does.
func mentionedBy(p *transform.Pass, kinds []string, names ...string) *dockerfile.Instruction {
	for _, in := range p.Doc.Instructions() {
		inner := in
		if in.OnBuild != nil {
			inner = in.OnBuild
		}
		if !inner.Is(kinds...) {
			continue
		}
		if _, _, other := inner.Flag("from"); other && inner.Is("COPY", "ADD") {
			continue
		}
		text := p.Doc.Source.Text(in.Span)
		if slices.ContainsFunc(names, func(n string) bool { return mentionsName(text, n) }) {
			return in
		}
	}
	return nil
}
