package engine

import (
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// RunOptions say how a single image is started. The zero value is what `docker run`
// does without options.
type RunOptions struct {
	Command    []string // replaces CMD
	User       string
	Env        []string
	Volumes    []string // SOURCE:PATH[:ro]
	ReadOnly   bool     // the root file system
	Tmpfs      map[string]string
	CapAdd     []string
	CapDrop    []string
	NoNewPrivs bool
}

// Volume names a new volume of the session, which removes it in the end.
func (s *Session) Volume(what string) string {
	s.made.Lock()
	defer s.made.Unlock()
	name := s.name(fmt.Sprintf("%s-%d", what, len(s.made.volumes)))
	s.made.volumes = append(s.made.volumes, name)
	return name
}

// Run starts a container of an image, which is pulled when it is not there. The
// session removes the container.
func (s *Session) Run(ctx context.Context, image string, opts RunOptions) (id string, err error) {
	host := &container.HostConfig{Binds: opts.Volumes, ReadonlyRootfs: opts.ReadOnly, Tmpfs: opts.Tmpfs, CapAdd: opts.CapAdd, CapDrop: opts.CapDrop}
	if opts.NoNewPrivs {
		host.SecurityOpt = []string{"no-new-privileges:true"}
	}
	create := client.ContainerCreateOptions{
		Config:     &container.Config{Image: image, Cmd: opts.Command, User: opts.User, Env: opts.Env, Labels: map[string]string{Label: s.ID}},
		HostConfig: host,
	}
	created, err := s.api.ContainerCreate(ctx, create)
	if errdefs.IsNotFound(err) {
		if _, err = docker(ctx, "", "pull", "--quiet", image); err == nil {
			created, err = s.api.ContainerCreate(ctx, create)
		}
	}
	if err != nil {
		return "", err
	}
	_, err = s.api.ContainerStart(ctx, created.ID, client.ContainerStartOptions{})
	return created.ID, err
}

// Restart stops and starts a container; what it wrote stays.
func (s *Session) Restart(ctx context.Context, id string) error {
	_, err := s.api.ContainerRestart(ctx, id, client.ContainerRestartOptions{})
	return err
}

// Stop stops a container as `docker stop` does.
func (s *Session) Stop(ctx context.Context, id string) error {
	_, err := s.api.ContainerStop(ctx, id, client.ContainerStopOptions{})
	return err
}

// Remove stops and removes a container and its anonymous volumes.
func (s *Session) Remove(ctx context.Context, id string) error {
	_, err := s.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return ignoreMissing(err)
}
