package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var (
	// staticRoot finds where Django collects static files.
	staticRoot = lazily(`(?m)^\s*STATIC_ROOT\s*=\s*(.+)$`)
	absolute   = lazily(`["'](/[A-Za-z0-9_./-]+)["']`)
	variable   = lazily(`(?:environ|getenv|env|config)\W[^"']*["']([A-Za-z0-9_]+)["']`)
	// outputDir finds where bundlers and compilers put their result, when that is told as a path that
	// leads out of the directory of their configuration.
	outputDir = lazily(`(?:outDir|outputPath|distDir|outdir|outFile|buildDir)["']?\s*[:=]\s*["'](\.\./[^"']*|/[^"']*)["']`)
)

// buildConfigs are configurations of what builds a project's assets.
var buildConfigs = lazily(`^(vite|webpack|next|nuxt|rollup|astro|svelte|vue)[\w.]*\.config\.\w+$|^webpack[\w.]*\.js$|^tsconfig[\w.]*\.json$|^angular\.json$|^package\.json$`)

// followOutputs looks for the places that build commands write to by their project's
// configuration: one outside of the application's directory is copied, one that is not known is a reason not to split.
func (s *splitPlan) followOutputs() {
	for _, step := range s.steps() {
		for _, c := range step.Commands {
			switch {
			case c.Effect.Verb == "collectstatic":
				s.followStatic(c)
			case c.Effect.Verb == "run" && slices.Contains(nodeManagers, c.Effect.Manager):
				s.followBundle(c)
			}
			if s.verdict != nil {
				return
			}
		}
	}
}

// followStatic keeps what collectstatic writes.
func (s *splitPlan) followStatic(c effect.Step) {
	if s.pass.Files == nil {
		s.refuse(c.Call.Span, reasonUnknownPath, "where collectstatic writes stands in the project's settings, which could not be read")
		return
	}
	s.sources([]string{".py"}, func(name, text string) {
		for _, m := range staticRoot.FindAllStringSubmatch(text, -1) {
			if s.verdict != nil {
				return
			}
			if v := variable.FindStringSubmatch(m[1]); v != nil {
				if value, ok := s.final.End().Env(v[1]); ok && path.IsAbs(value) {
					s.keepOutput(value)
					continue
				}
				if !absolute.MatchString(m[1]) && !strings.Contains(m[1], "BASE_DIR") {
					s.refuse(c.Call.Span, reasonUnknownPath, "%s takes the place of static files from %s, which the file does not set", name, v[1])
					continue
				}
			}
			if a := absolute.FindStringSubmatch(m[1]); a != nil && !strings.Contains(m[1], "join") {
				s.keepOutput(path.Clean(a[1]))
			} else if strings.Contains(m[1], "..") || strings.Contains(m[1], ".parent") {
				s.refuse(c.Call.Span, reasonUnknownPath, "%s collects static files outside of the project: %s", name, strings.TrimSpace(m[1]))
			}
		}
	})
}

// keepOutput copies a place outside of the application's directory.
func (s *splitPlan) keepOutput(name string) {
	if !s.inApp(name) && !sharedRoot(name) && plainPath(name) {
		s.root(name)
		s.outputs = append(s.outputs, name)
	}
}

// followBundle refuses a build whose configuration puts the result outside of the project.
func (s *splitPlan) followBundle(c effect.Step) {
	s.sources([]string{".js", ".mjs", ".cjs", ".ts", ".mts", ".json"}, func(name, text string) {
		if s.verdict != nil || !buildConfigs.MatchString(path.Base(name)) {
			return
		}
		for _, m := range outputDir.FindAllStringSubmatch(text, -1) {
			place := path.Join(s.app, path.Dir(name), m[1])
			if path.IsAbs(m[1]) {
				place = path.Clean(m[1])
			}
			if !s.inApp(place) {
				s.refuse(c.Call.Span, reasonUnknownPath, "%s puts its result into %s, outside of the project", name, m[1])
			}
		}
	})
}
