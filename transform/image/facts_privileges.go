package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// setuid names programs that are setuid root wherever they are installed. A root user
// may run su, gosu and their like without that bit.
var setuid = map[string]bool{"sudo": true, "doas": true, "pkexec": true, "newgrp": true, "fusermount": true, "fusermount3": true}

// setuidPrograms lists the programs of the start and the health check that work by
// their setuid bit, which no-new-privileges takes away.
func setuidPrograms(p *transform.Pass) []string {
	var out []string
	for _, argv := range startWords(p) {
		for i, word := range argv {
			if name := path.Base(word); setuid[name] && commandPlace(argv, i) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// commandPlace reports whether a word stands where a command does: first, or behind a
// wrapper that starts what follows.
func commandPlace(argv []string, i int) bool {
	if i == 0 {
		return true
	}
	switch path.Base(argv[i-1]) {
	case "exec", "--", "env", "tini", "dumb-init", "catatonit", "nohup", "command", "time":
		return true
	}
	return false
}

// startWords are the argument vectors of what runs at start and in the health check, as
// they are written: sudo is still in front of what it starts.
func startWords(p *transform.Pass) [][]string {
	start := startCommandOf(p.Facts.Final())
	var out [][]string
	for _, in := range []*dockerfile.Instruction{start.entrypoint, start.cmd, dockerfile.ImageConfig(p.Facts.Final().Stage).Healthcheck} {
		if in != nil {
			out = append(out, scriptWords(in.Script(), 0)...)
		}
	}
	for _, s := range runtimeOf(p).scripts {
		out = append(out, scriptWords(s.script, 0)...)
	}
	for _, x := range programsOf(p) {
		out = append(out, x.argv)
	}
	return out
}

func scriptWords(script *dockerfile.Script, depth int) [][]string {
	if script == nil {
		return nil
	}
	var out [][]string
	for _, call := range script.Calls() {
		if len(call.Args) == 0 {
			continue
		}
		out = append(out, argValues(call.Args))
		if text, ok := inlineScript(call.Args); ok && depth < maxNested {
			out = append(out, scriptWords(dockerfile.NewScript(text), depth+1)...)
		}
	}
	return out
}

// fileCapabilities lists the capabilities that setcap gives to programs of the image. Every
// stage counts, as COPY takes them along.
func fileCapabilities(p *transform.Pass) []string {
	var out []string
	for _, sf := range p.Facts.Stages {
		for _, step := range sf.Steps {
			for _, c := range step.Commands {
				argv := argValues(c.Effect.Argv)
				if len(argv) < 3 || path.Base(argv[0]) != "setcap" {
					continue
				}
				for _, word := range argv[1:] {
					out = append(out, setcapNames(word)...)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// setcapNames gives the names in a clause of setcap such as cap_net_raw,cap_net_admin+ep,
// without CAP_.
func setcapNames(word string) []string {
	at := strings.IndexAny(word, "=+")
	if at < 0 {
		return nil
	}
	var out []string
	for name := range strings.SplitSeq(strings.ToUpper(word[:at]), ",") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(name), "CAP_"); ok {
			out = append(out, name)
		}
	}
	return out
}

// pings reports whether the start or the health check runs ping.
func pings(p *transform.Pass) bool {
	return slices.ContainsFunc(startWords(p), func(argv []string) bool {
		return len(argv) > 0 && slices.Contains([]string{"ping", "ping6", "fping"}, path.Base(argv[0]))
	})
}
