package dockerfile

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// Config is the configuration of the image that a stage makes, over that of its
// base, as it is written: variables are not expanded. A nil entry is inherited.
type Config struct {
	User, Workdir, StopSignal, Shell *Instruction // the last of each; Workdir may be relative to Workdirs before it
	Cmd, Entrypoint, Healthcheck     *Instruction
	Workdirs                         []*Instruction // in order: a relative one continues the one before
	Env                              []Setting
	Labels                           []Setting
	Expose, Volumes                  []Word
	OnBuild                          []*Instruction
	Maintainer                       *Instruction
}

// Setting is one NAME=value of ENV or LABEL.
type Setting struct {
	Name, Value string // as written, quotes included
	Instruction *Instruction
}

// ImageConfig is the configuration that stage gives to its image, including what
// it takes over from earlier stages that it is built on.
func ImageConfig(stage *Stage) Config {
	var c Config
	if stage.Parent != nil {
		c = ImageConfig(stage.Parent)
		c.OnBuild = nil // triggers run in the child and are not passed on
	}
	for _, in := range stage.Instructions {
		c.take(in)
	}
	return c
}

func (c *Config) take(in *Instruction) {
	switch in.Keyword {
	case "USER":
		c.User = in
	case "WORKDIR":
		c.Workdir = in
		c.Workdirs = append(slices.Clip(c.Workdirs), in)
	case "STOPSIGNAL":
		c.StopSignal = in
	case "SHELL":
		c.Shell = in
	case "CMD":
		c.Cmd = in
	case "ENTRYPOINT":
		c.Entrypoint = in
	case "HEALTHCHECK":
		c.Healthcheck = in
	case "MAINTAINER":
		c.Maintainer = in
	case "ENV":
		c.Env = set(c.Env, in)
	case "LABEL":
		c.Labels = set(c.Labels, in)
	case "EXPOSE":
		c.Expose = append(slices.Clip(c.Expose), in.Args...)
	case "VOLUME":
		c.Volumes = append(slices.Clip(c.Volumes), in.Args...)
	case "ONBUILD":
		c.OnBuild = append(slices.Clip(c.OnBuild), in)
	}
}

// Settings are the NAME=value pairs of an ENV or LABEL instruction.
func (in *Instruction) Settings() []Setting {
	var pairs instructions.KeyValuePairs
	switch cmd := in.Command.(type) {
	case *instructions.EnvCommand:
		pairs = cmd.Env
	case *instructions.LabelCommand:
		pairs = cmd.Labels
	}
	out := make([]Setting, len(pairs))
	for i, p := range pairs {
		out[i] = Setting{p.Key, p.Value, in}
	}
	return out
}

func set(list []Setting, in *Instruction) []Setting {
	list = slices.Clone(list)
	for _, s := range in.Settings() {
		if i := slices.IndexFunc(list, func(o Setting) bool { return o.Name == s.Name }); i >= 0 {
			list[i] = s
		} else {
			list = append(list, s)
		}
	}
	return list
}

// Facets is the configuration as comparable text, one entry per key
// (`ENV PATH`, `CMD`, `USER` …), for telling what a rewrite changed.
func (c Config) Facets() map[string]string {
	out := map[string]string{}
	put := func(key string, in *Instruction) {
		if in != nil {
			out[key] = in.facet()
		}
	}
	put("USER", c.User)
	put("STOPSIGNAL", c.StopSignal)
	put("SHELL", c.Shell)
	put("CMD", c.Cmd)
	put("ENTRYPOINT", c.Entrypoint)
	put("HEALTHCHECK", c.Healthcheck)
	put("MAINTAINER", c.Maintainer)
	for _, in := range c.Workdirs {
		out["WORKDIR"] += in.facet() + "\n"
	}
	for _, s := range c.Env {
		out["ENV "+s.Name] = s.Value
	}
	for _, s := range c.Labels {
		out["LABEL "+s.Name] = s.Value
	}
	for _, w := range c.Expose {
		out["EXPOSE "+w.Value] = w.Value
	}
	for _, w := range c.Volumes {
		out["VOLUME "+w.Value] = w.Value
	}
	for _, in := range c.OnBuild {
		out["ONBUILD"] += in.facet() + "\n"
	}
	return out
}

// facet is all that an instruction means, layout left out: flags, then the
// exec form as compact JSON or the arguments with one blank between them.
func (in *Instruction) facet() string {
	if in.OnBuild != nil {
		return in.OnBuild.Keyword + " " + in.OnBuild.facet()
	}
	parts := make([]string, 0, len(in.Flags)+len(in.Args))
	for _, f := range in.Flags {
		parts = append(parts, f.Value)
	}
	args := in.Args
	if in.Keyword == "HEALTHCHECK" && len(args) > 0 {
		parts = append(parts, args[0].Value)
		args = args[1:]
	}
	if in.JSON {
		return strings.Join(append(parts, ExecForm(values(args))), " ")
	}
	return strings.Join(append(parts, values(args)...), " ")
}

// ExecForm writes an argument vector as Dockerfiles do: a JSON array with a
// blank behind each comma.
func ExecForm(argv []string) string {
	items := make([]string, len(argv))
	for i, a := range argv {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(a); err != nil { // strings always encode
			return ""
		}
		items[i] = strings.TrimSuffix(b.String(), "\n")
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func values(words []Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Value
	}
	return out
}

// Describe is all that the instruction means behind its keyword, layout left out.
func (in *Instruction) Describe() string { return in.facet() }
