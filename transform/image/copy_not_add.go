package image

import (
	"io/fs"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var (
	reasonArchive       = transform.Reason{Code: "archive", Text: "ADD unpacks a local archive, COPY does not."}
	reasonRemoteSource  = transform.Reason{Code: "remote-source", Text: "ADD fetches a URL or a git repository, COPY does not."}
	reasonUnknownSource = transform.Reason{Code: "unknown-source", Text: "whether the source is an archive is not known: a variable decides, a pattern finds nothing, or a file that is not there has a name that does not tell."}
	reasonAddOnly       = transform.Reason{Code: "add-only", Text: "a flag asks for what ADD alone does (`--checksum`, `--keep-git-dir`, `--unpack`)."}
)

var copyNotAdd = &transform.Rule{
	ID:     "copy-not-add",
	Title:  "Local files are copied with COPY",
	Safety: transform.Safe,
	Doc: `ADD does three things: it copies, it downloads, and it unpacks archives. Which one is decided by what the source happens to be: a
file that somebody replaces by an archive is unpacked all over the image. COPY only copies, and so says what is meant.

The rule writes COPY where ADD does nothing else: for directories, for files, and for patterns that match nothing else. What a source is, is read in the
build context: an archive is a tar file, plain or packed with gzip, bzip2, xz or zstd, whatever its name. A file that only comes into being before the
build is judged by its name; one such as ` + "`target/app.jar`" + ` is no archive that ADD unpacks.

Stays: ADD of an archive, of a URL (see *remote-script*; with ` + "`--checksum`" + ` it is good practice) and of a git repository. ` + "`ONBUILD ADD`" + ` works in the
build context of another image, which is not known here.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.9", Title: "Ensure that COPY is used instead of ADD in Dockerfiles"},
	},
	Reasons: []transform.Reason{reasonArchive, reasonRemoteSource, reasonUnknownSource, reasonAddOnly},
	Check:   checkCopyNotAdd,
}

func checkCopyNotAdd(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	var done *transform.Finding
	for _, sf := range p.Facts.Stages {
		if sf.Stage.Windows() {
			continue
		}
		for _, step := range sf.Steps {
			in := step.Instruction
			if in.Is("COPY") && done == nil {
				f := transform.Done(in.Span, "local files are copied with COPY")
				done = &f
			}
			if in.OnBuild != nil && in.OnBuild.Is("ADD") {
				out = append(out, transform.Refuse(in.Span, "ADD where COPY may do", reasonUnknownSource, "ONBUILD ADD works in the build context of another image"))
			}
			if in.Is("ADD") {
				out = append(out, copyInstead(p, step))
			}
		}
	}
	if len(out) == 0 && done != nil {
		out = append(out, *done)
	}
	return out
}

// copyInstead judges one ADD.
func copyInstead(p *transform.Pass, step transform.Step) transform.Finding {
	in := step.Instruction
	refuse := func(reason transform.Reason, detail string) transform.Finding {
		return transform.Refuse(in.Span, "ADD stays", reason, "%s", detail)
	}
	for _, name := range []string{"checksum", "keep-git-dir", "unpack"} {
		if _, _, ok := in.Flag(name); ok {
			return refuse(reasonAddOnly, "--"+name)
		}
	}
	for _, src := range in.Args[:max(0, len(in.Args)-1)] {
		if len(in.Heredocs) > 0 && strings.HasPrefix(src.Value, "<<") {
			continue // a file in the Dockerfile itself, which is never unpacked
		}
		if reason, detail := addsMore(p, step, src.Value); reason.Code != "" {
			return refuse(reason, detail)
		}
	}
	fix := &transform.Fix{Edits: []parser.Edit{parser.Replace(in.KeywordSpan, copyAs(p.Doc.Source.Text(in.KeywordSpan)))}}
	fix.Declares.CopiedAdds = []string{"ADD " + in.Describe()}
	return transform.Propose(in.Span, transform.Safe, "COPY in the place of an ADD that only copies", fix)
}

// copyAs writes COPY in the case that the file writes ADD in.
func copyAs(keyword string) string {
	if keyword == strings.ToLower(keyword) {
		return "copy"
	}
	return "COPY"
}

// addsMore says what ADD does with a source besides copying it; no reason when it copies.
func addsMore(p *transform.Pass, step transform.Step, word string) (reason transform.Reason, detail string) {
	src, known := step.Expand(word)
	switch {
	case known && remoteSource(src):
		return reasonRemoteSource, src
	case !known && (strings.HasPrefix(strings.TrimLeft(word, `"'`), "$") || remoteSource(word)):
		return reasonUnknownSource, "what " + word + " stands for is given to the build"
	case !known:
		return nameTells(word)
	}
	if strings.HasSuffix(src, "/") || path.Clean("/"+src) == "/" {
		return transform.Reason{}, "" // a directory
	}
	if p.Files == nil {
		return nameTells(src)
	}
	name := path.Clean("/" + src)[1:]
	found := []string{name}
	if strings.ContainsAny(name, "*?[") {
		found, _ = fs.Glob(p.Files, name)
	}
	there := false
	for _, name := range found[:min(len(found), maxLooked)] {
		info, err := fs.Stat(p.Files, name)
		if err != nil {
			continue
		}
		there = true
		if info.Mode().IsRegular() && isArchive(p.Files, name) {
			return reasonArchive, name + " is one"
		}
	}
	if !there || len(found) > maxLooked {
		return nameTells(src)
	}
	return transform.Reason{}, ""
}

// maxLooked bounds the files of a pattern that are looked into.
const maxLooked = 64

// remoteSource reports whether ADD fetches a source: an address, or a git repository.
func remoteSource(src string) bool {
	return strings.Contains(src, "://") || strings.HasPrefix(src, "git@") || strings.HasPrefix(src, "github.com/")
}

// plainExtension is the end of a name that says what the file is.
var plainExtension = lazily(`\.[A-Za-z][A-Za-z0-9_-]*$`)

// archiveExtension is the end of a name that may be an archive.
var archiveExtension = lazily(`(?i)\.(tar|t?gz|t?bz2?|t?xz|t?zst|tzstd?|tlz|lzma|Z)$`)

// nameTells judges a source that cannot be looked at by its name.
func nameTells(name string) (reason transform.Reason, detail string) {
	switch base := path.Base(strings.TrimRight(name, `"'`)); {
	case archiveExtension.MatchString(base):
		return reasonArchive, base + " is one by its name"
	case plainExtension.MatchString(base):
		return transform.Reason{}, ""
	}
	return reasonUnknownSource, name + " cannot be looked at, and its name does not tell"
}
