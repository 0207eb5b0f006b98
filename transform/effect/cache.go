package effect

import (
	"strings"
)

// Cache is what a package manager leaves behind for its own use.
type Cache struct {
	Name    string
	Manager string
	// Paths are where it lies. $HOME stands for the home directory of the user.
	Paths []string
	// Clean is the command that the manager's own documentation or the official
	// images use to empty it.
	Clean string
	// Option is the option of the installing command that leaves no cache, "" when there is none.
	Option string
	// Store: later commands of the same tool read it, so that emptying it behind
	// one command makes the next one fetch or build all of it again.
	Store bool
	// Source says where path, command and option are documented.
	Source string
}

// Caches lists every cache that is known.
var Caches = []Cache{
	{Name: "apt-lists", Manager: "apt", Paths: []string{"/var/lib/apt/lists"}, Clean: "rm -rf /var/lib/apt/lists/*", Source: "Docker documentation, Building best practices, apt-get"},
	{Name: "apt-archives", Manager: "apt", Paths: []string{"/var/cache/apt/archives", "/var/cache/apt"}, Clean: "apt-get clean", Source: "apt-get(8); official Debian and Ubuntu images empty it by themselves (docker-clean)"},
	{Name: "apk", Manager: "apk", Paths: []string{"/var/cache/apk", "/etc/apk/cache"}, Clean: "rm -rf /var/cache/apk/*", Option: "--no-cache", Source: "apk(8), --no-cache"},
	{Name: "dnf", Manager: "dnf", Paths: []string{"/var/cache/dnf", "/var/cache/libdnf5"}, Clean: "dnf clean all", Source: "dnf(8), clean"},
	{Name: "yum", Manager: "yum", Paths: []string{"/var/cache/yum"}, Clean: "yum clean all", Source: "yum(8), clean"},
	{Name: "microdnf", Manager: "microdnf", Paths: []string{"/var/cache/yum", "/var/cache/dnf"}, Clean: "microdnf clean all", Source: "Red Hat UBI documentation"},
	{Name: "tdnf", Manager: "tdnf", Paths: []string{"/var/cache/tdnf"}, Clean: "tdnf clean all", Source: "tdnf(8), clean"},
	{Name: "zypper", Manager: "zypper", Paths: []string{"/var/cache/zypp"}, Clean: "zypper clean --all", Source: "zypper(8), clean"},
	{Name: "pacman", Manager: "pacman", Paths: []string{"/var/cache/pacman/pkg"}, Clean: "rm -rf /var/cache/pacman/pkg/*", Source: "pacman(8), CacheDir; the databases stay, for pacman -S does not fetch them"},
	{Name: "pip", Manager: "pip", Paths: []string{"$HOME/.cache/pip"}, Clean: "pip cache purge", Option: "--no-cache-dir", Source: "pip documentation, Caching"},
	{Name: "npm", Manager: "npm", Paths: []string{"$HOME/.npm"}, Clean: "npm cache clean --force", Source: "npm documentation, npm-cache"},
	{Name: "yarn", Manager: "yarn", Paths: []string{"/usr/local/share/.cache/yarn", "$HOME/.cache/yarn", "$HOME/.yarn/berry/cache"}, Clean: "yarn cache clean", Source: "Yarn documentation, yarn cache"},
	{Name: "pnpm", Manager: "pnpm", Paths: []string{"$HOME/.cache/pnpm", "$HOME/.local/share/pnpm/store"}, Clean: "pnpm store prune", Source: "pnpm documentation, pnpm store"},
	{Name: "gem", Manager: "gem", Paths: []string{"$HOME/.gem", "/usr/local/bundle/cache", "/var/lib/gems", "/usr/local/lib/ruby/gems"}, Clean: `rm -rf "$(gem env gemdir)"/cache/*`, Source: "RubyGems guides, gem environment"},
	{Name: "composer", Manager: "composer", Paths: []string{"$HOME/.composer/cache", "$HOME/.cache/composer"}, Clean: "composer clear-cache", Source: "Composer documentation, clear-cache"},
	{Name: "uv", Manager: "uv", Paths: []string{"$HOME/.cache/uv"}, Clean: "uv cache clean", Option: "--no-cache", Source: "uv documentation, Caching"},
	{Name: "pipenv", Manager: "pipenv", Paths: []string{"$HOME/.cache/pipenv"}, Clean: `rm -rf "$HOME/.cache/pipenv"`, Source: "Pipenv documentation, PIPENV_CACHE_DIR"},
	{Name: "conda", Manager: "conda", Paths: []string{"/opt/conda/pkgs", "$HOME/miniconda3/pkgs", "$HOME/.conda/pkgs"}, Clean: "conda clean --all --yes", Source: "conda documentation, conda clean"},
	{Name: "bun", Manager: "bun", Paths: []string{"$HOME/.bun/install/cache"}, Clean: `rm -rf "$HOME/.bun/install/cache"`, Source: "Bun documentation, Global cache"},
	{Name: "cpan", Manager: "cpan", Paths: []string{"$HOME/.cpan", "$HOME/.cpanm"}, Clean: `rm -rf "$HOME"/.cpan*`, Source: "App::cpanminus documentation"},

	{Name: "poetry", Manager: "poetry", Store: true, Paths: []string{"$HOME/.cache/pypoetry"}, Clean: "poetry cache clear --all --no-interaction .", Option: "--no-cache", Source: "Poetry documentation, cache"},
	{Name: "pdm", Manager: "pdm", Store: true, Paths: []string{"$HOME/.cache/pdm"}, Clean: "pdm cache clear", Source: "PDM documentation, cache"},
	{Name: "bundler", Manager: "bundle", Store: true, Paths: []string{"$HOME/.bundle/cache"}, Clean: `rm -rf "$HOME/.bundle/cache"`, Source: "Bundler documentation, bundle config"},
	{Name: "go-build", Manager: "go", Store: true, Paths: []string{"$HOME/.cache/go-build"}, Clean: "go clean -cache", Source: "go help cache"},
	{Name: "go-mod", Manager: "go", Store: true, Paths: []string{"/go/pkg/mod", "$HOME/go/pkg/mod"}, Clean: "go clean -modcache", Source: "go help clean"},
	{Name: "cargo", Manager: "cargo", Store: true, Paths: []string{"/usr/local/cargo/registry", "$HOME/.cargo/registry"}, Clean: `rm -rf "${CARGO_HOME:-$HOME/.cargo}/registry"`, Source: "The Cargo Book, Cargo home"},
	{Name: "maven", Manager: "maven", Store: true, Paths: []string{"$HOME/.m2/repository"}, Clean: `rm -rf "$HOME/.m2/repository"`, Source: "Maven documentation, Local repositories"},
	{Name: "gradle", Manager: "gradle", Store: true, Paths: []string{"$HOME/.gradle/caches"}, Clean: `rm -rf "$HOME/.gradle/caches"`, Source: "Gradle documentation, Gradle-managed directories"},
	{Name: "nuget", Manager: "dotnet", Store: true, Paths: []string{"$HOME/.nuget/packages"}, Clean: "dotnet nuget locals all --clear", Source: ".NET documentation, dotnet nuget locals"},
}

// CacheOf gives the cache of a name.
func CacheOf(name string) (Cache, bool) {
	for i := range Caches {
		if Caches[i].Name == name {
			return Caches[i], true
		}
	}
	return Cache{}, false
}

// Clean is the command that empties a cache, "" when the name is not known.
func Clean(name string) string {
	c, _ := CacheOf(name)
	return c.Clean
}

// Option is the option of the installing command that leaves no such cache, ""
// when there is none.
func Option(name string) string {
	c, _ := CacheOf(name)
	return c.Option
}

// cleaned lists the caches that deleting a path empties: the path is the cache,
// holds it, or matches all that lies in it. A pattern that takes only some of
// the files does not count.
func cleaned(name, home string) []string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "*"), "/")
	if name == "" || strings.ContainsAny(name, "*?[") && !strings.HasPrefix(name, "/var/lib/apt/lists/") {
		return nil
	}
	var out []string
	for i := range Caches {
		c := &Caches[i]
		for _, p := range c.Paths {
			if rest, ok := strings.CutPrefix(p, "$HOME"); ok && home != "" {
				p = strings.TrimSuffix(home, "/") + rest
			}
			if p == name || strings.HasPrefix(p, name+"/") || c.Name == "apt-lists" && aptListsPart(name, p) {
				out = append(out, c.Name)
				break
			}
		}
	}
	return out
}

// aptListsPart knows the usual ways to write "all lists": *_dists_*, deb.debian.org_*.
func aptListsPart(name, dir string) bool {
	rest, ok := strings.CutPrefix(name, dir+"/")
	return ok && !strings.Contains(rest, "/") && rest != "partial" && rest != "lock"
}
