package engine

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Contents is what an attacker inside of an image would look for.
type Contents struct {
	Setuid    []string // files with the setuid or setgid bit
	Compilers []string
	Shells    []string
	Managers  []string // package managers
	Headers   []string // of C and C++, those aside that come with an interpreter
	Files     int
	Bytes     int64 // of all regular files
}

// kinds of programs by their names in a directory of PATH.
var (
	compilers = strings.Fields("cc c++ gcc g++ clang clang++ as ld tcc go rustc cargo javac mvn gradle make cmake ninja gfortran ghc")
	shells    = strings.Fields("sh bash dash ash zsh ksh mksh csh tcsh fish busybox")
	managers  = strings.Fields("apt apt-get dpkg apk dnf microdnf yum rpm zypper pacman pip pip3 pipenv poetry pdm uv npm yarn pnpm gem composer")
)

// compilerVersion is what distributions add to the name of a compiler:
// x86_64-linux-gnu-gcc-14 is a gcc.
var compilerVersion = regexp.MustCompile(`^(?:[a-z0-9_]+-linux-(?:gnu|musl)[a-z]*-)?(.+?)(?:-[0-9.]+)?$`)

// Contents reads the file system of an image, whatever it has inside.
func (s *Session) Contents(ctx context.Context, image string) (*Contents, error) {
	created, err := s.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: image, Entrypoint: []string{"/none"}, Labels: map[string]string{Label: s.ID}},
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, _ = s.api.ContainerRemove(context.WithoutCancel(ctx), created.ID, client.ContainerRemoveOptions{Force: true}) // Close does so too
	}()
	stream, err := s.api.ContainerExport(ctx, created.ID, client.ContainerExportOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }() // read only
	return readContents(stream)
}

func readContents(r io.Reader) (*Contents, error) {
	c := &Contents{}
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		c.take(h)
	}
	for _, list := range []*[]string{&c.Setuid, &c.Compilers, &c.Shells, &c.Managers, &c.Headers} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return c, nil
}

func (c *Contents) take(h *tar.Header) {
	name := "/" + strings.TrimPrefix(path.Clean(h.Name), "/")
	program := h.Typeflag == tar.TypeReg && h.Mode&0o111 != 0 || h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink
	if h.Typeflag == tar.TypeReg {
		c.Files++
		c.Bytes += h.Size
		if h.Mode&0o6000 != 0 {
			c.Setuid = append(c.Setuid, name)
		}
		if header(name) {
			c.Headers = append(c.Headers, name)
		}
	}
	if dir := path.Base(path.Dir(name)); !program || dir != "bin" && dir != "sbin" {
		return
	}
	switch base := path.Base(name); {
	case slices.Contains(compilers, compilerVersion.ReplaceAllString(base, "$1")):
		c.Compilers = append(c.Compilers, name)
	case slices.Contains(shells, base):
		c.Shells = append(c.Shells, name)
	case slices.Contains(managers, base):
		c.Managers = append(c.Managers, name)
	}
}

// header reports whether a file is one that only compilers read. The slim images of
// interpreters have the headers of the interpreter.
func header(name string) bool {
	below, ok := strings.CutPrefix(name, "/usr/local/include/")
	if !ok {
		below, ok = strings.CutPrefix(name, "/usr/include/")
	}
	dir, file, _ := strings.Cut(below, "/")
	if strings.HasSuffix(dir, "-linux-gnu") {
		dir, _, _ = strings.Cut(file, "/")
	}
	return ok && !strings.HasPrefix(dir, "python") && dir != "node" && dir != "nodejs"
}
