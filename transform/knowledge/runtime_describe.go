package knowledge

import (
	"slices"
	"strings"
)

// tagged is what rules match: repository:tag, latest where there is no tag.
func tagged(r Ref) string {
	if r.Tag == "" {
		return r.Repository + ":latest"
	}
	return r.Repository + ":" + r.Tag
}

// same describes the image itself.
func (w written) same(image string) RuntimeBase {
	b := RuntimeBase{Image: strings.TrimSpace(image), Same: true, Release: w.release(), Confidence: "primary"}
	b.describe(tagged(w.ref))
	return b
}

// becomes describes what a rule makes of the reference.
func (w written) becomes(r *runtimeRule, match []int, marked string) (RuntimeBase, bool) {
	release := w.release()
	number, _ := strings.CutPrefix(release, "alpine")
	if strings.Contains(r.To, "{release}") && release == "" || strings.Contains(r.To, "{alpine}") && number == release {
		return RuntimeBase{}, false
	}
	fill := strings.NewReplacer("{release}", release, "{alpine}", number, "{lts}", runtimes().LTS)
	target := string(r.expression.ExpandString(nil, fill.Replace(r.To), marked, match))
	values := unmark(target, w.values)
	b := RuntimeBase{Image: unmark(target, w.texts), Static: r.Static, Interpreter: r.Interpreter, Cost: r.Cost, Sources: r.Sources, Confidence: r.Confidence}
	if !strings.Contains(values, "/") { // a mirror has it beside the other
		b.Image = w.prefix + b.Image
	}
	b.Release = ReleaseOf(values)
	b.describe(values)
	b.Lost = lost(tagged(w.ref), values)
	return b, true
}

// describe fills in what is known of the image that a reference names.
func (b *RuntimeBase) describe(ref string) {
	b.Shell, b.Manager, b.User = true, "none", "root"
	known := LookupBase(ref)
	if known == nil {
		return
	}
	b.Family, b.Manager, b.User, b.OwnUser = known.Family, known.PackageManager, known.DefaultUser, known.OwnUser
	if strings.HasPrefix(b.Release, "alpine") && b.Family == "debian" { // 3.24 of a tag that does not say so
		b.Family, b.Manager = "alpine", "apk"
	}
	for _, pkg := range slices.Concat(known.Provides, known.ProvidesFull) {
		if known.Has(pkg) && !slices.Contains(b.Has, pkg) {
			b.Has = append(b.Has, pkg)
		}
	}
	tag := strings.ToLower(known.Tag)
	if b.Family == "distroless" || b.Family == "none" || containsAny(tag, "chiseled", "distroless") {
		b.Shell, b.Manager = false, "none"
	}
	if known.NonRoot && known.OwnUser != nil {
		b.User = known.OwnUser.Name
	}
	for _, p := range runtimes().Programs {
		if slices.Contains(p.Images, known.Image) || slices.Contains(p.Images, ParseRef(ref).Repository) {
			b.Programs = slices.Clone(p.Programs)
			if b.Interpreter == "" {
				b.Interpreter = p.Path
			}
		}
	}
}

// lost gives the packages that one image has and another one does not, as far as known:
// those that stand in the knowledge of the two first.
func lost(from, to string) []string {
	before, after := LookupBase(from), LookupBase(to)
	if before == nil || after == nil {
		return nil
	}
	var out []string
	for _, pkg := range slices.Concat(before.Provides, before.ProvidesFull, FullPackages(from, ReleaseOf(from))) {
		listed := slices.Contains(before.Provides, pkg) || slices.Contains(before.ProvidesFull, pkg)
		if (!listed || before.Has(pkg)) && !after.Has(pkg) && !slices.Contains(out, pkg) {
			out = append(out, pkg)
		}
	}
	return out
}
