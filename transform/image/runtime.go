package image

import (
	"io/fs"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// runtime is what a container of the shipped image starts with.
type runtime struct {
	// argv holds the words of ENTRYPOINT and CMD, or of the commands in their shell
	// form, program by program, as far as they are literal.
	programs [][]string
	scripts  []startScript // the scripts among the programs that the build context has
	unread   []string      // programs that look like scripts of the project but could not be read
	own      bool          // the file itself says what runs
	span     *dockerfile.Instruction
}

// startScript is a script that runs at start, read from the build context.
type startScript struct {
	image, file string // path in the image and in the build context
	script      *dockerfile.Script
	text        string
}

// runtimeOf finds out what runs, following scripts of the build context one level down.
func runtimeOf(p *transform.Pass) *runtime {
	return transform.Shared(p, "runtime", newRuntime)
}

func newRuntime(p *transform.Pass) *runtime {
	r := &runtime{}
	final := p.Facts.Final()
	config := dockerfile.ImageConfig(final.Stage)
	for _, in := range []*dockerfile.Instruction{config.Entrypoint, config.Cmd} {
		if in == nil || len(in.Args) == 0 {
			continue
		}
		r.own, r.span = true, in
		r.addInstruction(in)
	}
	if !r.own && final.Base != nil && len(final.Base.Cmd) > 0 {
		r.programs = append(r.programs, final.Base.Cmd)
	}
	for _, svc := range p.Usage.Services {
		for _, argv := range [][]string{svc.Entrypoint, svc.Command} {
			if len(argv) > 0 {
				r.programs = append(r.programs, argv)
			}
		}
	}
	for _, argv := range r.programs {
		for _, word := range argv {
			r.readScript(p, word)
		}
	}
	if config.Entrypoint == nil && final.Base != nil && len(final.Base.Entrypoint) > 0 { // knowledge says what it does
		r.programs = append([][]string{final.Base.Entrypoint}, r.programs...)
	}
	return r
}

func (r *runtime) addInstruction(in *dockerfile.Instruction) {
	for _, c := range in.Script().Calls() {
		var argv []string
		for _, a := range c.Args {
			argv = append(argv, a.Value)
		}
		if len(argv) == 0 || c.Subst {
			continue
		}
		r.programs = append(r.programs, argv)
		if n := len(argv); n > 2 && shells[path.Base(argv[0])] && strings.HasSuffix(argv[n-2], "c") && strings.HasPrefix(argv[n-2], "-") {
			r.addScript(argv[n-1])
		}
	}
}

// addScript takes the programs of a script on a command line.
func (r *runtime) addScript(text string) {
	for _, c := range dockerfile.NewScript(text).Calls() {
		var argv []string
		for _, a := range c.Args {
			argv = append(argv, a.Value)
		}
		if len(argv) > 0 && !c.Subst {
			r.programs = append(r.programs, argv)
		}
	}
}

// readScript takes a word for a script when it names a file that the build puts
// into the image from its context.
func (r *runtime) readScript(p *transform.Pass, word string) {
	looksLikeScript := scriptLike(word)
	if !looksLikeScript && !strings.Contains(word, "/") {
		return
	}
	file, target, ok := contextFile(p, word)
	if !ok {
		if looksLikeScript {
			r.unread = append(r.unread, word)
		}
		return
	}
	for _, s := range r.scripts {
		if s.file == file {
			return
		}
	}
	text, ok := transform.ReadBounded(p.Files, file)
	if !ok || !looksLikeScript && !strings.HasPrefix(text, "#!") {
		return
	}
	r.scripts = append(r.scripts, startScript{target, file, dockerfile.NewScript(text), text})
}

// scriptLike reports whether a word is a script of the project by its name.
func scriptLike(word string) bool {
	base := path.Base(word)
	if strings.HasSuffix(base, ".sh") || strings.Contains(base, "entrypoint") {
		return true
	}
	switch base {
	case "init", "start", "startup", "boot", "bootstrap", "launch":
		return strings.Contains(word, "/")
	}
	return strings.HasSuffix(base, "-init") && strings.Contains(word, "/")
}

// contextFile finds the file of the build context that ends up at a path of the
// final stage. A word without a slash is looked for in what lands on the usual PATH.
func contextFile(p *transform.Pass, word string) (file, target string, ok bool) {
	if p.Files == nil {
		return "", "", false
	}
	return fileOfStage(p, p.Facts.Final(), word)
}

// fileOfStage looks a word up in what the copies of a stage bring, from the build context
// or from an earlier stage that has it from there.
func fileOfStage(p *transform.Pass, sf *transform.StageFacts, word string) (file, target string, ok bool) {
	for i := len(sf.Steps) - 1; i >= 0; i-- {
		step := sf.Steps[i]
		in := step.Instruction
		if !in.Is("COPY", "ADD") || len(in.Args) < 2 {
			continue
		}
		dest, known := step.Destination()
		if !known {
			continue
		}
		isDir := len(in.Args) > 2 || strings.HasSuffix(in.Args[len(in.Args)-1].Value, "/") || strings.HasSuffix(in.Args[len(in.Args)-1].Value, ".")
		_, from, other := in.Flag("from")
		for _, src := range in.Args[:len(in.Args)-1] {
			if other {
				file, target, ok = fileOfOther(p, sf, from, word, src.Value, dest)
			} else {
				file, target, ok = copied(p, sf.End().Workdir, word, src.Value, dest, isDir)
			}
			if ok {
				return file, target, true
			}
		}
	}
	return "", "", false
}

// fileOfOther looks a path up that COPY --from brings from an earlier stage.
func fileOfOther(p *transform.Pass, sf *transform.StageFacts, from, word, src, dest string) (file, target string, ok bool) {
	var stage *transform.StageFacts
	for _, other := range p.Facts.Stages[:sf.Stage.Index] {
		if other.Stage.Name != "" && strings.EqualFold(other.Stage.Name, from) {
			stage = other
		}
	}
	if stage == nil || !strings.Contains(word, "/") || !path.IsAbs(src) {
		return "", "", false
	}
	want := path.Join(sf.End().Workdir, word)
	if path.IsAbs(word) {
		want = path.Clean(word)
	}
	src, dest = path.Clean(src), path.Clean(dest)
	if want != dest && !under([]string{dest}, want) {
		return "", "", false
	}
	file, _, ok = fileOfStage(p, stage, path.Join(src, strings.TrimPrefix(want, dest)))
	return file, want, ok
}

// copied tells whether COPY src dest brings the file that word names.
func copied(p *transform.Pass, workdir, word, src, dest string, isDir bool) (file, target string, ok bool) {
	src = strings.TrimPrefix(path.Clean("/"+src), "/")
	if src == "" {
		src = "."
	}
	info, err := fs.Stat(p.Files, src)
	if err != nil {
		return "", "", false
	}
	at := func(dir string) string {
		if strings.Contains(word, "/") && !path.IsAbs(word) {
			return path.Join(workdir, word)
		}
		if path.IsAbs(word) {
			return path.Clean(word)
		}
		return path.Join(dir, word)
	}
	if !info.IsDir() {
		if isDir {
			dest = path.Join(dest, path.Base(src))
		}
		return src, dest, at(path.Dir(dest)) == dest && (strings.Contains(word, "/") || onPath(path.Dir(dest)))
	}
	want := at(dest)
	rest, below := strings.CutPrefix(want, strings.TrimSuffix(dest, "/")+"/")
	if !below || !strings.Contains(word, "/") && !onPath(dest) && dest != workdir {
		return "", "", false
	}
	file = path.Join(src, rest)
	info, err = fs.Stat(p.Files, file)
	return file, want, err == nil && info.Mode().IsRegular()
}

// onPath reports whether commands are looked for in the directory.
func onPath(dir string) bool {
	switch dir {
	case "/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin":
		return true
	}
	return false
}
