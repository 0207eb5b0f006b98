package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// configuration: every stage is built on what it was built on, copies what it
// copied, and has the configuration that it had.
func configuration(was, is *testimony, applied map[string]bool) []string {
	if applied["split-stages"] && len(is.stages) == len(was.stages)+1 {
		return splitConfiguration(was, is, applied)
	}
	if len(was.stages) != len(is.stages) {
		return []string{fmt.Sprintf("%d stages became %d", len(was.stages), len(is.stages))}
	}
	var out []string
	for i := range was.stages {
		final := i == len(was.stages)-1
		old, now := fold(was.stages, i), fold(is.stages, i)
		if applied["copy-not-add"] {
			copiedAdds(old, now)
		}
		for _, key := range keysOf(old, now) {
			o, n := old[key], now[key]
			if o != n && !(final && (mayChange(key, o, applied) || key == "FROM" && applied["runtime-base"])) {
				out = append(out, fmt.Sprintf("stage %d: %s: %q became %q", i, key, o, n))
			}
		}
	}
	return out
}

// splitConfiguration: the last stage became two. The new last one ships what the old one
// did; all that was copied is copied still, in one of them.
func splitConfiguration(was, is *testimony, applied map[string]bool) []string {
	var out []string
	n := len(was.stages) - 1
	for i := range n {
		if old, now := fold(was.stages, i), fold(is.stages, i); !maps.Equal(old, now) {
			out = append(out, fmt.Sprintf("stage %d: %q became %q", i, old, now))
		}
	}
	old, builder, now := fold(was.stages, n), fold(is.stages, n), fold(is.stages, n+1)
	if applied["copy-not-add"] {
		for _, c := range []map[string]string{old, builder, now} {
			c["COPY and ADD"] = strings.ReplaceAll(c["COPY and ADD"], `["ADD" `, `["COPY" `)
		}
	}
	for _, key := range []string{"COPY and ADD", "ARG"} {
		have := strings.Split(builder[key]+now[key], "\n")
		for _, lost := range missing(strings.Split(strings.TrimSuffix(old[key], "\n"), "\n"), have) {
			if lost != "" {
				out = append(out, fmt.Sprintf("%s: %s is lost", key, lost))
			}
		}
	}
	for _, key := range keysOf(old, now) {
		o, v := old[key], now[key]
		switch {
		case o == v, mayChange(key, o, applied), key == "COPY and ADD", key == "ARG":
		case key == "FROM": // the base is what the rules choose
		case key == "ENV GOPATH" && o == "" && v == "=/go", key == "WORKDIR" && v == "[\"/go\"]\n"+o: // of golang's images
		case key == "ENV VIRTUAL_ENV" && o == "", key == "ENV PATH" && strings.HasSuffix(v, ":$PATH"):
		default:
			out = append(out, fmt.Sprintf("the last stage: %s: %q became %q", key, o, v))
		}
	}
	return out
}

// keysOf lists the keys of both.
func keysOf(a, b map[string]string) []string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return slices.Sorted(maps.Keys(both))
}

// mayChange reports whether a rule that was applied may give a key of the
// shipped image's configuration another value.
func mayChange(key, old string, applied map[string]bool) bool {
	switch key {
	case "USER":
		return applied["non-root-user"]
	case "CMD", "ENTRYPOINT":
		return applied["exec-form"] && strings.HasPrefix(old, "shell ")
	case "ENV PYTHONUNBUFFERED", "ENV PYTHONDONTWRITEBYTECODE", "ENV PYTHONHASHSEED":
		return applied["python-env"] && old == ""
	}
	return false
}

// fold is the configuration that a stage ends with, over the stages that it is
// built on.
func fold(stages []instructions.Stage, n int) map[string]string {
	c := map[string]string{}
	for i := n - 1; i >= 0; i-- {
		if stages[i].Name != "" && strings.EqualFold(stages[i].Name, stages[n].BaseName) {
			c = fold(stages, i)
			delete(c, "ONBUILD")
			break
		}
	}
	c["FROM"] = stages[n].BaseName + " " + stages[n].Platform + " " + stages[n].Name
	for _, cmd := range stages[n].Commands {
		foldCommand(c, cmd)
	}
	return c
}

func foldCommand(c map[string]string, cmd instructions.Command) {
	list := func(key string, values ...string) { c[key] += fmt.Sprintf("%q\n", values) }
	switch x := cmd.(type) {
	case *instructions.CmdCommand:
		c["CMD"] = shellOrExec(x.PrependShell, x.CmdLine)
	case *instructions.EntrypointCommand:
		c["ENTRYPOINT"] = shellOrExec(x.PrependShell, x.CmdLine)
	case *instructions.EnvCommand:
		for _, kv := range x.Env {
			c["ENV "+kv.Key] = "=" + kv.Value
		}
	case *instructions.LabelCommand:
		for _, kv := range x.Labels {
			c["LABEL "+kv.Key] = "=" + kv.Value
		}
	case *instructions.ExposeCommand:
		for _, p := range x.Ports {
			c["EXPOSE "+p] = p
		}
	case *instructions.VolumeCommand:
		for _, v := range x.Volumes {
			c["VOLUME "+v] = v
		}
	case *instructions.StopSignalCommand:
		c["STOPSIGNAL"] = x.Signal
	case *instructions.ShellCommand:
		c["SHELL"] = fmt.Sprintf("%q", x.Shell)
	case *instructions.HealthCheckCommand:
		c["HEALTHCHECK"] = fmt.Sprintf("%q %v %v %v %d", x.Health.Test, x.Health.Interval, x.Health.Timeout, x.Health.StartPeriod, x.Health.Retries)
	case *instructions.WorkdirCommand:
		list("WORKDIR", x.Path)
	case *instructions.UserCommand:
		c["USER"] = x.User
	case *instructions.MaintainerCommand:
		c["MAINTAINER"] = x.Maintainer
	case *instructions.OnbuildCommand:
		list("ONBUILD", squeeze(x.Expression))
	case *instructions.ArgCommand:
		for _, a := range x.Args {
			list("ARG", a.Key, a.ValueString())
		}
	case *instructions.CopyCommand:
		list("COPY and ADD", append([]string{"COPY", x.From, x.Chmod, x.DestPath}, x.SourcePaths...)...)
	case *instructions.AddCommand:
		list("COPY and ADD", append([]string{"ADD", x.Checksum, x.Chmod, x.DestPath}, x.SourcePaths...)...)
	}
}

// copiedAdds makes an ADD that became COPY the same on both sides, when its sources may
// be copied: neither addresses nor archives by their names.
func copiedAdds(old, now map[string]string) {
	const key = "COPY and ADD"
	was, is := strings.Split(old[key], "\n"), strings.Split(now[key], "\n")
	for i := range min(len(was), len(is)) {
		rest, add := strings.CutPrefix(was[i], `["ADD" `)
		if add && !strings.Contains(rest, "://") && !strings.Contains(rest, ".tar") && !strings.Contains(rest, ".tgz") && is[i] == `["COPY" `+rest {
			was[i] = is[i]
		}
	}
	old[key] = strings.Join(was, "\n")
}

func shellOrExec(isShell bool, argv []string) string {
	if isShell {
		return fmt.Sprintf("shell %q", argv)
	}
	return fmt.Sprintf("exec %q", argv)
}
