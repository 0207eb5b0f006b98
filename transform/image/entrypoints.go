package image

import (
	"fmt"
	"slices"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// dispatchers are base images whose entrypoint looks at its first word: they treat a
// program and a shell that starts it alike, but for these programs. Entrypoints that
// treat all alike are in knowledge (passes).
var dispatchers = []struct {
	image  string
	minds  []string
	source string
}{
	{"nginx", []string{"nginx", "nginx-debug"}, "nginx/docker-nginx docker-entrypoint.sh: runs /docker-entrypoint.d in front of nginx only"},
	{"denoland/deno", []string{"deno", "bench", "bundle", "cache", "compile", "completions", "coverage", "doc", "eval", "fmt", "info", "init", "install", "lint", "lsp", "repl", "run", "serve", "task", "test", "types", "uninstall", "upgrade", "vendor"}, "denoland/deno_docker _entry.sh: puts deno in front of its own subcommands"},
}

// withoutEntrypoint are images that have none, by the Dockerfiles that bases.yaml
// names as their sources. An empty entrypoint in bases.yaml alone does not say so.
var withoutEntrypoint = []string{
	"debian", "ubuntu", "alpine", "busybox", "buildpack-deps", "fedora", "centos", "almalinux", "rockylinux", "oraclelinux", "amazonlinux",
	"registry.access.redhat.com/ubi9", "registry.access.redhat.com/ubi9-minimal", "mcr.microsoft.com/azurelinux/base/core",
	"opensuse/leap", "archlinux", "cgr.dev/chainguard/wolfi-base", "phusion/baseimage",
	"python", "pypy", "ghcr.io/astral-sh/uv", "golang", "rust", "ruby", "perl", "openjdk", "amazoncorretto", "gradle",
	"mcr.microsoft.com/dotnet/sdk", "mcr.microsoft.com/dotnet/aspnet", "mcr.microsoft.com/dotnet/core/aspnet",
	"elixir", "haskell", "swift", "gcc", "r-base", "tomcat", "httpd",
	"continuumio/miniconda3", // older ones: tini --, which passes the command on
}

// baseMinds says why the entrypoint of the base image may do something else for a
// program than for a shell that starts it. What is known holds for the repository
// itself, not for others below its name (ubuntu/nginx).
func baseMinds(final *transform.StageFacts, program string) (reason transform.Reason, detail string) {
	base, ref := final.Base, final.BaseRef
	if base == nil || ref == "" || base.Confidence == "guessed" {
		return reasonUnknownEntrypoint, fmt.Sprintf("nothing is known of the base image %s", shipping(final)[0].Stage.Base)
	}
	repository := knowledge.ParseRef(ref).Repository
	if repository != base.Image && !slices.Contains(base.Aliases, repository) {
		return reasonUnknownEntrypoint, fmt.Sprintf("the entrypoint of %s is not known", ref)
	}
	for _, d := range dispatchers {
		if d.image == base.Image {
			if slices.Contains(d.minds, program) {
				return reasonEntrypointSees, fmt.Sprintf("the entrypoint of %s does something of its own when it is given %s", d.image, program)
			}
			return transform.Reason{}, ""
		}
	}
	if base.Passes || len(base.Entrypoint) == 0 && slices.Contains(withoutEntrypoint, base.Image) {
		return transform.Reason{}, ""
	}
	return reasonUnknownEntrypoint, fmt.Sprintf("what the entrypoint of %s does with its first word is not known", ref)
}
