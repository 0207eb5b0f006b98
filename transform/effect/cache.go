package effect

import "strings"

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
	{Name: "yarn", Manager: "yarn", Paths: []string{"/usr/local/share/.cache/yarn", "$HOME/.cache/yarn"}, Clean: "yarn cache clean", Source: "Yarn documentation, yarn cache"},
	{Name: "pnpm", Manager: "pnpm", Paths: []string{"$HOME/.cache/pnpm", "$HOME/.local/share/pnpm/store"}, Clean: "pnpm store prune", Source: "pnpm documentation, pnpm store"},
	{Name: "gem", Manager: "gem", Paths: []string{"$HOME/.gem", "/usr/local/bundle/cache", "/var/lib/gems", "/usr/local/lib/ruby/gems"}, Clean: `rm -rf "$(gem env gemdir)"/cache/*`, Source: "RubyGems guides, gem environment"},
	{Name: "composer", Manager: "composer", Paths: []string{"$HOME/.composer/cache", "$HOME/.cache/composer"}, Clean: "composer clear-cache", Source: "Composer documentation, clear-cache"},
}

// CacheOf gives the cache of a name.
func CacheOf(name string) (Cache, bool) {
	for _, c := range Caches {
		if c.Name == name {
			return c, true
		}
	}
	return Cache{}, false
}

// cleaned lists the caches that deleting a path empties. A path that ends in
// "/*" stands for what lies below it.
func cleaned(name, home string) []string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "*"), "/")
	if name == "" {
		return nil
	}
	var out []string
	for _, c := range Caches {
		for _, p := range c.Paths {
			if home != "" {
				p = strings.Replace(p, "$HOME", home, 1)
			}
			if p == name || strings.HasPrefix(p, name+"/") || strings.HasPrefix(name, p+"/") && c.Name == "apt-lists" && !strings.Contains(name[len(p)+1:], "/") && name[len(p)+1:] != "partial" && name[len(p)+1:] != "lock" {
				out = append(out, c.Name)
				break
			}
		}
	}
	return out
}
