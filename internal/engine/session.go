package engine

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// things is what a session has to remove.
type things struct {
	sync.Mutex
	images   []string
	volumes  []string
	projects []*Project
}

// Close removes the containers, volumes, networks and images of the session. It does
// so after an interruption too, and therefore takes no context.
func (s *Session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	s.made.Lock()
	projects, images, volumes := s.made.projects, s.made.images, s.made.volumes
	s.made.projects, s.made.images, s.made.volumes = nil, nil, nil
	s.made.Unlock()
	var errs []error
	for _, p := range projects {
		errs = append(errs, p.removeAll(ctx))
	}
	filters := make(client.Filters).Add("label", Label+"="+s.ID)
	errs = append(errs, s.removeContainers(ctx, filters))
	for _, name := range volumes {
		_, err := s.api.VolumeRemove(ctx, name, client.VolumeRemoveOptions{Force: true})
		errs = append(errs, ignoreMissing(err))
	}
	for _, id := range images {
		_, err := s.api.ImageRemove(ctx, id, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		errs = append(errs, ignoreMissing(err))
	}
	return errors.Join(errs...)
}

// Left lists what of the session is still there.
func (s *Session) Left(ctx context.Context) ([]string, error) {
	var out []string
	containers, err := s.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", Label+"="+s.ID)})
	if err != nil {
		return nil, err
	}
	for _, c := range containers.Items {
		out = append(out, "container "+strings.Join(c.Names, " "))
	}
	prefix := s.name("")
	networks, err := s.api.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		return nil, err
	}
	for _, n := range networks.Items {
		if strings.HasPrefix(n.Name, prefix) {
			out = append(out, "network "+n.Name)
		}
	}
	volumes, err := s.api.VolumeList(ctx, client.VolumeListOptions{})
	if err != nil {
		return nil, err
	}
	for _, v := range volumes.Items {
		if strings.HasPrefix(v.Name, prefix) {
			out = append(out, "volume "+v.Name)
		}
	}
	return out, nil
}

func (e *Engine) removeContainers(ctx context.Context, filters client.Filters) error {
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list.Items {
		_, err := e.api.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		errs = append(errs, ignoreMissing(err))
	}
	return errors.Join(errs...)
}

func ignoreMissing(err error) error {
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// removeAll removes what belongs to a project by its label, whatever its files say by now.
func (p *Project) removeAll(ctx context.Context) error {
	filters := make(client.Filters).Add("label", projectLabel+"="+p.Name)
	errs := []error{p.session.removeContainers(ctx, filters)}
	networks, err := p.session.api.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	errs = append(errs, err)
	for _, n := range networks.Items {
		_, err := p.session.api.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		errs = append(errs, ignoreMissing(err))
	}
	volumes, err := p.session.api.VolumeList(ctx, client.VolumeListOptions{Filters: filters})
	errs = append(errs, err)
	for _, v := range volumes.Items {
		_, err := p.session.api.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{Force: true})
		errs = append(errs, ignoreMissing(err))
	}
	return errors.Join(errs...)
}
