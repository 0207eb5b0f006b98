package image

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// entrypointFact says what the entrypoint of a base image does with the command that
// it is given: the same for a program and for a shell that starts it, but for the
// programs listed.
type entrypointFact struct {
	image  string
	minds  []string // first words for which it does something else
	source string
}

// entrypoints are the images whose entrypoint is known. Images without one run CMD
// as it is.
var entrypoints = []entrypointFact{
	{image: "node", source: "nodejs/docker-node docker-entrypoint.sh: puts node in front of an option or of a word that is no command, then exec \"$@\""},
	{image: "oven/bun", source: "oven-sh/bun dockerhub/debian/docker-entrypoint.sh: the same for bun"},
	{image: "php", source: "docker-library/php docker-php-entrypoint: puts php in front of an option, then exec \"$@\""},
	{image: "eclipse-temurin", source: "adoptium/containers entrypoint.sh: imports certificates when asked to, then exec \"$@\""},
	{image: "maven", source: "carlossg/docker-maven mvn-entrypoint.sh: copies reference files, then exec \"$@\""},
	{image: "nginx", minds: []string{"nginx", "nginx-debug"}, source: "nginx/docker-nginx docker-entrypoint.sh: runs /docker-entrypoint.d for nginx only"},
	{image: "denoland/deno", minds: []string{"deno", "bench", "bundle", "cache", "compile", "completions", "coverage", "doc", "eval", "fmt", "info", "init", "install", "lint", "lsp", "repl", "run", "serve", "task", "test", "types", "uninstall", "upgrade", "vendor"}, source: "denoland/deno_docker _entry.sh: puts deno in front of its own subcommands"},
	{image: "docker", minds: []string{"docker", "dockerd", "docker-compose", "compose"}, source: "docker-library/docker docker-entrypoint.sh: puts docker in front of its subcommands"},
}

// withoutEntrypoint are images that have none, from their Dockerfiles in the
// docker-library, buildpack and vendors' repositories that bases.yaml names.
var withoutEntrypoint = []string{
	"debian", "ubuntu", "alpine", "busybox", "buildpack-deps", "fedora", "centos", "almalinux", "rockylinux", "oraclelinux", "amazonlinux",
	"registry.access.redhat.com/ubi9", "registry.access.redhat.com/ubi9-minimal", "mcr.microsoft.com/azurelinux/base/core",
	"opensuse/leap", "archlinux", "cgr.dev/chainguard/wolfi-base", "phusion/baseimage",
	"python", "pypy", "ghcr.io/astral-sh/uv", "golang", "rust", "ruby", "perl", "openjdk", "amazoncorretto", "gradle",
	"mcr.microsoft.com/dotnet/sdk", "mcr.microsoft.com/dotnet/aspnet", "mcr.microsoft.com/dotnet/core/aspnet",
	"elixir", "haskell", "swift", "gcc", "r-base", "tomcat", "httpd",
	"continuumio/miniconda3", // older ones: tini --, which passes the command on
}

// entrypointOf says what is known of the entrypoint of a base image. The facts hold
// for the repository itself, not for others below its name (ubuntu/nginx).
func entrypointOf(base *knowledge.Base, ref string) (entrypointFact, bool) {
	repository := knowledge.ParseRef(ref).Repository
	if repository != base.Image && !slices.Contains(base.Aliases, repository) {
		return entrypointFact{}, false
	}
	for _, e := range entrypoints {
		if e.image == base.Image {
			return e, true
		}
	}
	return entrypointFact{image: base.Image}, len(base.Entrypoint) == 0 && slices.Contains(withoutEntrypoint, base.Image)
}
