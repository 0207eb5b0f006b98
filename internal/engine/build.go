package engine

import (
	"context"
	"path/filepath"
	"strings"
)

// BuildOptions say what is built.
type BuildOptions struct {
	Dir        string // build context
	Dockerfile string // path below Dir; "" for Dockerfile
	Target     string // stage; "" for the last
	Args       map[string]string
	NoCache    bool
}

// Build builds an image with BuildKit and returns a reference to it, which the
// session removes in the end.
func (s *Session) Build(ctx context.Context, name string, opts BuildOptions) (string, error) {
	ref := s.name(name)
	args := []string{"buildx", "build", "--load", "--progress=plain", "--tag", ref}
	if opts.Dockerfile != "" {
		args = append(args, "--file", filepath.Join(opts.Dir, filepath.FromSlash(opts.Dockerfile)))
	}
	if opts.Target != "" {
		args = append(args, "--target", opts.Target)
	}
	for k, v := range opts.Args {
		args = append(args, "--build-arg", k+"="+v)
	}
	if opts.NoCache {
		args = append(args, "--no-cache")
	}
	s.keepImage(ref)
	_, err := docker(ctx, "", append(args, opts.Dir)...)
	return ref, err
}

func (s *Session) keepImage(ref string) {
	s.made.Lock()
	defer s.made.Unlock()
	s.made.images = append(s.made.images, ref)
}

// ImageSize is the size of an image in bytes, as the engine counts it.
func (e *Engine) ImageSize(ctx context.Context, ref string) (int64, error) {
	img, err := e.api.ImageInspect(ctx, strings.TrimSpace(ref))
	return img.Size, err
}
