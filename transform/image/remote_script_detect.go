package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"mvdan.cc/sh/v3/syntax"
)

// interpreters run a script from standard input.
var interpreters = map[string]bool{"sh": true, "bash": true, "ash": true, "dash": true, "zsh": true, "ksh": true, "python": true, "perl": true, "ruby": true, "php": true, "node": true}

// interpreter is the name of a program without its version.
func interpreter(argv []dockerfile.Arg) string {
	return strings.TrimRight(path.Base(argv[0].Value), "0123456789.")
}

// piped gives the URL of the download at the head of a pipeline that ends in an
// interpreter which takes its script from standard input.
func piped(before []effect.Step, c effect.Step) string {
	argv := c.Effect.Argv
	if c.Call.Operator() != "|" || len(argv) == 0 || !interpreters[interpreter(argv)] || !readsScript(argv) {
		return ""
	}
	for i := len(before) - 1; i >= 0 && before[i].Call.Pipe; i-- {
		e := before[i].Effect
		if len(e.Fetches) > 0 && e.Fetches[0].Dest.Name == "-" && (e.Tool == "curl" || e.Tool == "wget") {
			return e.Fetches[0].URL
		}
		if before[i].Call.Operator() != "|" {
			break
		}
	}
	return ""
}

// readsScript reports whether an interpreter without a script among its arguments
// takes standard input for one.
func readsScript(argv []dockerfile.Arg) bool {
	for _, a := range argv[1:] {
		switch text := a.Value; {
		case text == "-" || text == "-s" || text == "--" || text == "/dev/stdin":
			return true
		case strings.HasPrefix(text, "--"):
		case strings.HasPrefix(text, "-") && !shellName(interpreter(argv)):
			if strings.ContainsAny(text, "cemrnp") {
				return false // the script is an argument, standard input is data
			}
		case strings.HasPrefix(text, "-"):
			if strings.Contains(text, "c") {
				return false
			}
			if strings.Contains(text, "s") {
				return true
			}
		default:
			return false
		}
	}
	return true
}

// substituted gives the URL of a download whose output is the script of a command.
func substituted(c *dockerfile.Call, argv []dockerfile.Arg) string {
	if len(argv) == 0 {
		return ""
	}
	name := interpreter(argv)
	code := name == "eval" || name == "source" || argv[0].Value == "."
	if !code && !interpreters[name] {
		return ""
	}
	for i, a := range argv[1:] {
		if a.Word == nil {
			continue
		}
		stmts, process := whole(a.Word)
		if stmts == nil || !process && name != "eval" && !strings.HasSuffix(argv[i].Value, "c") && argv[i].Value != "-e" {
			continue
		}
		if url := fetched(c.Script, stmts); url != "" {
			return url
		}
	}
	return ""
}

// whole gives the statements of a word that is nothing but $(…) or <(…).
func whole(w *syntax.Word) (stmts []*syntax.Stmt, process bool) {
	parts := w.Parts
	if len(parts) == 1 {
		if q, ok := parts[0].(*syntax.DblQuoted); ok {
			parts = q.Parts
		}
	}
	if len(parts) != 1 {
		return nil, false
	}
	switch x := parts[0].(type) {
	case *syntax.CmdSubst:
		return x.Stmts, false
	case *syntax.ProcSubst:
		return x.Stmts, true
	}
	return nil, false
}

// fetched gives the URL that curl or wget in the statements writes to standard output.
func fetched(s *dockerfile.Script, stmts []*syntax.Stmt) string {
	for _, call := range s.Calls() {
		for _, st := range stmts {
			if call.Stmt == nil || call.Stmt.Pos().Offset() < st.Pos().Offset() || call.Stmt.End().Offset() > st.End().Offset() {
				continue
			}
			e := effect.Of(call, effect.Context{})
			if (e.Tool == "curl" || e.Tool == "wget") && len(e.Fetches) > 0 && e.Fetches[0].Dest.Name == "-" {
				return e.Fetches[0].URL
			}
		}
	}
	return ""
}

// verifies reports whether a command checks a checksum or a signature.
func verifies(e effect.Effect) bool {
	if len(e.Argv) == 0 {
		return false
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(e.Argv[1:], func(a dockerfile.Arg) bool { return slices.Contains(words, a.Value) })
	}
	switch name := path.Base(e.Argv[0].Value); name {
	case "sha256sum", "sha512sum", "sha384sum", "sha1sum", "md5sum", "shasum", "b2sum":
		return slices.ContainsFunc(e.Argv[1:], func(a dockerfile.Arg) bool {
			return strings.HasPrefix(a.Value, "--c") || strings.HasPrefix(a.Value, "-") && !strings.HasPrefix(a.Value, "--") && strings.Contains(a.Value, "c")
		})
	case "gpg", "gpg2":
		return has("--verify")
	case "gpgv", "minisign", "signify":
		return true
	case "cosign", "slsa-verifier", "gh":
		return has("verify", "verify-blob", "verify-artifact", "attestation")
	case "openssl":
		return has("-verify")
	}
	return false
}
