package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var pinnedImage = &transform.Rule{
	ID:     "pinned-image",
	Title:  "Service images have a version",
	Safety: transform.Manual,
	Doc: "`image: postgres` and `image: postgres:latest`" + ` run another program every few weeks: the next pull can bring a major version that does not read
the data of the last, and nobody can say what ran yesterday. The rule names every image whose tag is missing or moves by design
(` + "`latest`, `stable`, `edge`, `nightly`, `main`" + `, or a variant without a version such as ` + "`redis:alpine`" + `).

Which version is right is for you to say, so nothing is changed: the finding has the line to write, with ` + "`<version>`" + ` where the number goes. Write the one
that runs today (` + "`docker compose images`, `docker image inspect`" + ` or the program's ` + "`--version`" + `), and raise it in reviews.

**With ` + "`--pin`" + `** the digest is written beside a tag that has a version: ` + "`postgres:17-alpine@sha256:…`" + `. Every host then runs the same image, until Renovate or Dependabot,
which know this form, raise tag and digest in a pull request. See *pinned-base* for where digests come from. An image whose name has variables, or that comes from a fragment of YAML or
another file, is yours to pin: the finding has the digest. Without ` + "`--pin`" + ` nothing is looked up.

A version tag is enough for this rule, a digest is better still. ` + "`${TAG:-16}`" + ` is judged by its default, a variable without one not at all. The name of an
image that the project builds itself is not judged either.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.28", Title: "Ensure that Docker commands always make use of the latest version of their image"},
		{Framework: "NIST SP 800-190", ID: "4.2.2", Title: "Stale images in registries"},
		{Framework: "NIST SP 800-190", ID: "4.1.5", Title: "Use of untrusted images"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 13", Title: "Enhance Supply Chain Security"},
	},
	CheckService: checkPinnedImage,
}

func checkPinnedImage(p *transform.ServicePass) []transform.Finding {
	return reviewed(p, func(r *review) {
		image := r.s.Image()
		text, known := knowledge.ExpandDefaults(image)
		if image == "" || r.s.Build() != nil || builtHere(r.s, text) {
			return
		}
		digest := strings.Contains(image, "@")
		if !known && !digest {
			return // a variable without default decides
		}
		want := knowledge.Versioned(text)
		if !digest && want == "" && r.pin(image, text) {
			return
		}
		if digest || want == "" {
			r.done("image", "", "the image has a version")
			return
		}
		r.yours("image", "", nil, "pin a version: write image: %s instead of image: %s", pinnedLine(image, text, want), image)
	})
}

// builtHere reports whether an image is one that the project builds: by the name that a
// service gives it, or by the one that compose gives it, PROJECT-SERVICE.
func builtHere(s *compose.Service, image string) bool {
	if slices.Contains([]string{"never", "build"}, s.Text("pull_policy")) {
		return true
	}
	name := knowledge.ParseRef(image)
	for _, o := range s.Project().Services {
		if o.Build() == nil {
			continue
		}
		if o.Image() == "" {
			if !strings.Contains(name.Repository, "/") && (strings.HasSuffix(name.Repository, "-"+o.Name) || strings.HasSuffix(name.Repository, "_"+o.Name)) {
				return true
			}
			continue
		}
		built, _ := knowledge.ExpandDefaults(o.Image())
		if knowledge.ParseRef(built) == name || strings.TrimSuffix(built, ":latest") == strings.TrimSuffix(image, ":latest") {
			return true
		}
	}
	return false
}

// pinnedLine writes the version into the text of the file. A tag that is the default of a
// variable stays one.
func pinnedLine(image, text, want string) string {
	if !strings.Contains(image, "$") {
		return want
	}
	tag := knowledge.ParseRef(text).Tag
	if tag == "" {
		return image + ":<version>"
	}
	if head, ok := strings.CutSuffix(image, tag+"}"); ok {
		return head + knowledge.ParseRef(want).Tag + "}"
	}
	if head, ok := strings.CutSuffix(image, ":"+tag); ok {
		return head + ":" + knowledge.ParseRef(want).Tag
	}
	return want
}
