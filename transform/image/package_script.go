package image

import (
	"encoding/json"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// scriptRunners run the scripts of package.json.
var scriptRunners = []string{"npm", "yarn", "pnpm", "bun"}

// knownScript reports whether a command is a script of the project's package.json (npm
// run build) all of whose commands are known.
func knownScript(p *transform.Pass, step effect.Step) bool {
	e := step.Effect
	if e.Verb != "run" || !slices.Contains(scriptRunners, e.Manager) || p.Files == nil {
		return false
	}
	name := scriptName(e.Argv)
	return name != "" && scriptIsKnown(p, name, step, 0)
}

// scriptName is the script that `npm run NAME`, `yarn NAME` and their like start.
func scriptName(argv []dockerfile.Arg) string {
	for _, a := range argv[min(1, len(argv)):] {
		switch {
		case !a.Literal || a.Value == "" || a.Value[0] == '-' || a.Value == "exec" || a.Value == "x" || a.Value == "workspaces":
			return ""
		case a.Value != "run" && a.Value != "run-script":
			return a.Value
		}
	}
	return ""
}

// packageScripts are the scripts of the package.json at the top of the build context.
func packageScripts(p *transform.Pass) map[string]string {
	return transform.Shared(p, "package scripts", func(p *transform.Pass) map[string]string {
		text, ok := projectText(p, "package.json")
		if !ok {
			return nil
		}
		var manifest struct {
			Scripts map[string]string `json:"scripts"`
		}
		if json.Unmarshal([]byte(text), &manifest) != nil {
			return nil
		}
		return manifest.Scripts
	})
}

// scriptIsKnown looks at the script and those that npm runs before and after it.
func scriptIsKnown(p *transform.Pass, name string, step effect.Step, depth int) bool {
	scripts := packageScripts(p)
	if _, ok := scripts[name]; !ok || depth > maxNested {
		return false
	}
	for _, part := range []string{"pre" + name, name, "post" + name} {
		text, ok := scripts[part]
		if !ok {
			continue
		}
		script := dockerfile.NewScript(text)
		if script.Opaque != "" {
			return false
		}
		for _, c := range effect.Sequence(script, effect.Context{Dir: step.Dir, User: "root", Home: "/root"}) {
			if c.Effect.Opaque == "" {
				continue
			}
			inner := scriptName(c.Effect.Argv)
			if c.Effect.Verb != "run" || inner == "" || !scriptIsKnown(p, inner, c, depth+1) {
				return false
			}
		}
	}
	return true
}
