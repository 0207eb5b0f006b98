package image

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var pinnedBase = &transform.Rule{
	ID:     "pinned-base",
	Title:  "Base images have a version",
	Safety: transform.Manual,
	Doc: `An image without a tag, or with ` + "`latest`" + `, is another one next month: the build that was tested cannot be repeated, and
nobody sees in the file what runs. Which version is right only its owner knows, so this is yours to do: write a version tag, and
add its digest (` + "`name:tag@sha256:…`" + `) where builds must be exactly repeatable. Renovate and Dependabot keep both current.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.2", Title: "Ensure that containers use only trusted base images"},
		{Framework: "NIST SP 800-190", ID: "4.1.5", Title: "Use of untrusted images"},
	},
	Check: checkPinnedBase,
}

func checkPinnedBase(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	for _, sf := range p.Facts.Stages {
		if sf.Parent != nil || sf.BaseRef == "" || sf.BaseRef == "scratch" {
			continue
		}
		ref := knowledge.ParseRef(sf.BaseRef)
		if ref.Digest != "" || ref.Tag != "" && ref.Tag != "latest" {
			continue
		}
		name := strings.TrimSuffix(sf.BaseRef, ":latest")
		why := "has no tag, which means latest"
		if ref.Tag == "latest" {
			why = "is latest"
		}
		out = append(out, transform.Manually(sf.Stage.From.Span, "the base image %s %s: write FROM %s:<version>%s", sf.BaseRef, why, name, stageName(sf)))
	}
	if len(out) == 0 {
		return []transform.Finding{transform.Done(p.Facts.Final().Stage.From.Span, "base images have a version")}
	}
	return out
}

func stageName(sf *transform.StageFacts) string {
	if sf.Stage.Name == "" {
		return ""
	}
	return fmt.Sprintf(" AS %s", sf.Stage.Name)
}
