package image

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// prunePlan is how development dependencies are taken out of a Node project.
type prunePlan struct {
	command string
	dir     string // where the project lies
}

// devGain is what stays behind when a project is pruned.
const devGain = "the development dependencies"

// nodeManagers install packages of Node.
var nodeManagers = []string{"npm", "yarn", "pnpm"}

// manifest is what package.json says of a project.
type manifest struct {
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Workspaces      any               `json:"workspaces"`
	Bin             any               `json:"bin"`
	PackageManager  string            `json:"packageManager"`
}

func (s *splitPlan) manifest() manifest { return packageManifest(s.pass) }

// packageManifest reads the project's package.json.
func packageManifest(p *transform.Pass) manifest {
	return transform.Shared(p, "package manifest", func(p *transform.Pass) (m manifest) {
		if p.Files == nil {
			return m
		}
		if text, ok := projectText(p, "package.json"); ok {
			_ = json.Unmarshal([]byte(text), &m) // one that is not JSON says nothing
		}
		return m
	})
}

// planNode looks after global tools and development dependencies.
func (s *splitPlan) planNode() {
	var last *effect.Step
	for _, step := range s.steps() {
		for i, c := range step.Commands {
			e := c.Effect
			switch {
			case e.Tool == "corepack":
				if s.needsTool("yarn", "pnpm") {
					s.refuse(c.Call.Span, reasonGlobalTool, "corepack keeps what it fetches in a home directory, and the container starts %s", s.startedTool("yarn", "pnpm"))
				}
			case !slices.Contains(nodeManagers, e.Manager):
			case globalInstall(e):
				s.planGlobal(c)
			case e.Verb == "install" && s.inApp(c.Dir):
				last = &step.Commands[i]
			}
		}
	}
	if last == nil || s.verdict != nil {
		return
	}
	if _, ok := s.manifest().Dependencies["puppeteer"]; ok && s.fetchesBrowser() {
		s.refuse(last.Call.Span, reasonUserInstall, "puppeteer keeps its browser in a home directory: set PUPPETEER_CACHE_DIR to a directory of the project")
		return
	}
	s.planPrune(*last)
}

// browserTools fetch browsers when they are told to install.
var browserTools = map[string]bool{"playwright": true, "puppeteer": true, "cypress": true, "@puppeteer/browsers": true, "playwright-core": true}

// firstOperand is the first word of a command line that is no option, without a version.
func firstOperand(e effect.Effect) string {
	for _, a := range e.Argv[min(1, len(e.Argv)):] {
		if !strings.HasPrefix(a.Value, "-") {
			if i := strings.LastIndex(a.Value, "@"); i > 0 {
				return a.Value[:i]
			}
			return a.Value
		}
	}
	return ""
}

// fetchesBrowser reports whether puppeteer fetches a browser into the home directory when it is
// installed (pptr.dev/guides/configuration).
func (s *splitPlan) fetchesBrowser() bool {
	for _, name := range []string{"PUPPETEER_SKIP_DOWNLOAD", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD", "PUPPETEER_CACHE_DIR"} {
		if v, ok := s.final.Steps[s.point-1].Before.Lookup(name); ok && v != "" && v != "false" && (path.IsAbs(v) == s.inApp(v)) {
			return false
		}
	}
	for _, name := range []string{".puppeteerrc.cjs", ".puppeteerrc.js", ".puppeteerrc", ".puppeteerrc.json", "puppeteer.config.js", "puppeteer.config.cjs"} {
		if _, ok := projectText(s.pass, name); ok {
			return false
		}
	}
	return true
}

func globalInstall(e effect.Effect) bool {
	return hasWord(e, "-g", "--global", "global", "--location=global")
}

func hasWord(e effect.Effect, words ...string) bool {
	for _, a := range e.Argv {
		if slices.Contains(words, a.Value) {
			return true
		}
	}
	return false
}

// plainTools are tools of Node that are written in it alone: installing them again needs no compiler.
var plainTools = map[string]bool{"pm2": true, "serve": true, "http-server": true, "pnpm": true, "yarn": true, "npm": true, "forever": true, "tsx": true, "ts-node": true, "sirv-cli": true, "concurrently": true, "cross-env": true, "dotenv-cli": true, "next": true, "typescript": true, "@nestjs/cli": true, "local-web-server": true, "json-server": true}

// toolPrograms are the programs of tools that are not called as their package is.
var toolPrograms = map[string][]string{"pm2": {"pm2-runtime", "pm2-docker"}, "typescript": {"tsc"}, "@nestjs/cli": {"nest"}, "dotenv-cli": {"dotenv"}, "local-web-server": {"ws"}, "sirv-cli": {"sirv"}}

// planGlobal installs a tool once more that the container starts; the others stay behind.
func (s *splitPlan) planGlobal(c effect.Step) {
	for _, p := range c.Effect.Installs {
		tool := path.Base(p.Name)
		starts := s.needsTool(append(toolPrograms[p.Name], tool, strings.TrimSuffix(tool, "-cli"))...)
		switch {
		case starts && plainTools[p.Name]:
			command := "npm install -g " + p.Name
			if p.Version != "" {
				command += "@" + p.Version
			}
			if !slices.Contains(s.setup, command) {
				s.setup = append(s.setup, command)
			}
		case starts:
			s.refuse(c.Call.Span, reasonGlobalTool, "the container starts %s", tool)
		case !plainTools[p.Name] && s.unexplained() != "":
			s.refuse(c.Call.Span, reasonGlobalTool, "%s may bring %s, which the container starts", p.Name, s.unexplained())
		}
	}
	i := slices.IndexFunc(c.Effect.Installs, func(p effect.Package) bool { return p.Name != "npm" })
	if s.blindScript() && i >= 0 {
		s.refuse(c.Call.Span, reasonGlobalTool, "the script of package.json that the container starts could not be read, and may use %s", c.Effect.Installs[i].Name)
	}
}

// blindScript reports whether a package manager starts a script that could not be read.
func (s *splitPlan) blindScript() bool {
	return s.needsTool("npm", "yarn", "pnpm") && len(packageScripts(s.pass)) == 0
}

// basic are programs that an image of Node has, and those of every distribution.
var basic = map[string]bool{"node": true, "nodejs": true, "npm": true, "npx": true, "yarn": true, "corepack": true, "sh": true, "bash": true, "env": true, "exec": true, "sleep": true, "cat": true, "grep": true, "sed": true, "date": true, "hostname": true, "tail": true, "docker-entrypoint.sh": true, "tini": true, "dumb-init": true, "source": true, ".": true, "exit": true, "if": true, "true": true, "wait": true, "trap": true, "kill": true, "xargs": true, "find": true, "curl": true, "wget": true, "git": true}

// unexplained is a program of the container that neither the project, nor the distribution, nor
// one of its packages is known to bring; "" when there is none.
func (s *splitPlan) unexplained() string {
	m := s.manifest()
	for _, name := range s.needNames() {
		_, dep := m.Dependencies[name]
		_, dev := m.DevDependencies[name]
		if s.unexplainedName(name) && !dep && !dev && !plainTools[name] && !slices.ContainsFunc(slices.Collect(maps.Values(toolPrograms)), func(list []string) bool { return slices.Contains(list, name) }) {
			return name
		}
	}
	return ""
}

// unexplainedName reports whether a program that is called by its name alone is none of the
// distribution's, nor of a package that is called so.
func (s *splitPlan) unexplainedName(name string) bool {
	return !strings.Contains(name, "/") && !basic[name] && !pythonPrograms[name] && !foreignPrograms[name] && !portable[name] && !inProject[name] &&
		!slices.ContainsFunc(s.final.Packages, func(p transform.Installed) bool { return p.Name == name && slices.Contains(systemManagers, p.Manager) })
}

// needsTool reports whether one of the programs runs in the container.
func (s *splitPlan) needsTool(names ...string) bool { return s.startedTool(names...) != "" }

func (s *splitPlan) startedTool(names ...string) string {
	for _, name := range s.needNames() {
		if slices.Contains(names, path.Base(name)) {
			return path.Base(name)
		}
	}
	return ""
}

// hasDevDependencies reports whether a Node project keeps its development dependencies.
func (s *splitPlan) hasDevDependencies() bool {
	if len(s.manifest().DevDependencies) == 0 {
		return false
	}
	s.findNeeds()
	for _, step := range s.final.Steps {
		for _, c := range step.Commands {
			e := c.Effect
			if slices.Contains(nodeManagers, e.Manager) && e.Verb == "install" && !globalInstall(e) && installsDev(step, e) && s.mayPrune() == "" {
				return !s.prunes()
			}
		}
	}
	return false
}

// prunes reports whether the file removes development dependencies itself.
func (s *splitPlan) prunes() bool {
	for _, step := range s.final.Steps {
		for _, c := range step.Commands {
			e := c.Effect
			if slices.Contains(nodeManagers, e.Manager) && (hasWord(e, "prune") || e.Verb == "install" && !globalInstall(e) && !installsDev(step, e)) {
				return true
			}
		}
	}
	return false
}

// installsDev reports whether an install brings development dependencies along.
func installsDev(step transform.Step, e effect.Effect) bool {
	if v, ok := step.Before.Lookup("NODE_ENV"); ok && v == "production" && !hasWord(e, "--include=dev", "--production=false", "--dev") {
		return false
	}
	if v, ok := step.Before.Lookup("NPM_CONFIG_PRODUCTION"); ok && v == "true" {
		return false
	}
	return !hasWord(e, "--production", "--omit=dev", "--only=production", "--only=prod", "--prod", "-P", "--production=true")
}

// planPrune takes development dependencies out when nothing that runs needs them.
func (s *splitPlan) planPrune(last effect.Step) {
	m := s.manifest()
	if len(m.DevDependencies) == 0 || s.prunes() {
		return
	}
	if why := s.mayPrune(); why != "" {
		s.evidence = append(s.evidence, "development dependencies stay: "+why)
		return
	}
	if last.Dir != s.final.End().Workdir {
		s.evidence = append(s.evidence, "development dependencies stay: the project that "+last.Dir+" holds is not the container's directory")
		return
	}
	command := map[string]string{"npm": "npm prune --omit=dev", "pnpm": "CI=true pnpm prune --prod --ignore-scripts", "yarn": "yarn install --production --ignore-scripts --prefer-offline"}[last.Effect.Manager]
	if last.Effect.Manager == "yarn" && yarnBerry(s.pass) {
		s.evidence = append(s.evidence, "development dependencies stay: only Yarn 1 can remove them without a plugin")
		return
	}
	if last.Effect.Manager == "npm" && hasWord(last.Effect, "--legacy-peer-deps", "--force", "-f") {
		command += " --legacy-peer-deps" // or it complains of what the install let pass
	}
	s.prune = &prunePlan{command: command, dir: last.Dir}
	s.leave(devGain)
}

var imported = lazily(`(?:\bfrom\s*|\brequire\(\s*|\bimport\(?\s*|-r\s+|--require\s+)["'](@[\w.-]+/[\w.-]+|[\w.-]+)`)

// mayPrune says why development dependencies must stay, "" when nothing that runs needs one.
func (s *splitPlan) mayPrune() string {
	return transform.Shared(s.pass, "development dependencies", func(*transform.Pass) string { return s.devUser() })
}

// devUser names something that runs and needs a development dependency.
func (s *splitPlan) devUser() string {
	m := s.manifest()
	if m.Workspaces != nil {
		return "the project has workspaces"
	}
	if text, _ := projectText(s.pass, "pnpm-workspace.yaml"); strings.Contains(text, "packages:") {
		return "the project has workspaces"
	}
	for _, config := range []string{"next.config.ts", "next.config.mts"} {
		if _, ok := projectText(s.pass, config); ok && m.DevDependencies["typescript"] != "" {
			return "Next.js reads " + config + " at start, with typescript"
		}
	}
	for _, name := range s.needNames() {
		base := path.Base(name)
		for _, dev := range slices.Sorted(maps.Keys(m.DevDependencies)) {
			if strings.HasPrefix(dev, "@types/") {
				continue
			}
			if dev == base || dev == name || strings.HasSuffix(dev, "/"+base) || devProgram[base] == dev || strings.HasSuffix(dev, "/cli") && base == strings.TrimSuffix(path.Base(path.Dir(dev)), "js") {
				return s.needs[name] + " runs " + base
			}
		}
	}
	why := ""
	complete := s.sources([]string{".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"}, func(name, text string) {
		if why != "" || !shipsSource(name) {
			return
		}
		for _, x := range imported.FindAllStringSubmatch(text, -1) {
			if _, dev := m.DevDependencies[x[1]]; dev && !strings.HasPrefix(x[1], "@types/") && !s.bundled(name) {
				why = name + " imports " + x[1]
				return
			}
		}
	})
	if why == "" && !complete {
		why = "not all of the sources could be read"
	}
	return why
}

// devProgram names the package of programs that are called otherwise.
var devProgram = map[string]string{"tsc": "typescript", "ng": "@angular/cli", "nest": "@nestjs/cli", "vue-cli-service": "@vue/cli-service", "babel-node": "@babel/node", "react-scripts": "react-scripts"}

// shipsSource reports whether a source file is part of what runs: tests and the
// configurations of build tools are not.
func shipsSource(name string) bool {
	base := path.Base(name)
	for _, part := range []string{".test.", ".spec.", ".config.", ".stories."} {
		if strings.Contains(base, part) {
			return false
		}
	}
	for dir := range strings.SplitSeq(path.Dir(name), "/") {
		if slices.Contains([]string{"test", "tests", "__tests__", "e2e", "cypress", "spec", "docs", "example", "examples", ".storybook", "stories", "benchmark"}, dir) {
			return false
		}
	}
	return !slices.Contains([]string{"gulpfile.js", "Gruntfile.js", "karma.conf.js", "webpack.mix.js", "setupTests.js"}, base) && !strings.HasPrefix(base, "webpack.") && !strings.HasPrefix(base, ".")
}

// bundled reports whether a source is compiled into a bundle that imports nothing at run
// time: what a browser gets.
func (s *splitPlan) bundled(name string) bool {
	dev := s.manifest().DevDependencies
	_, vite := dev["vite"]
	_, webpack := dev["webpack"]
	_, parcel := dev["parcel"]
	return (vite || webpack || parcel) && (strings.HasPrefix(name, "src/") || strings.HasPrefix(name, "client/") || strings.HasPrefix(name, "frontend/")) && (path.Ext(name) == ".tsx" || path.Ext(name) == ".jsx")
}
