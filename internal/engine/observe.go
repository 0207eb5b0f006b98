package engine

import (
	"context"
	"slices"
	"sort"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Observation is what a running container is allowed, and what it does.
type Observation struct {
	Service     string // of compose, or ""
	Image       string
	ImageSize   int64 // bytes
	User        string
	Processes   []Process // all of them, the first one first
	ReadOnly    bool      // the root file system
	Privileged  bool
	SecurityOpt []string
	CapAdd      []string
	CapDrop     []string
	Memory      int64   // limit in bytes, 0 for none
	CPUs        float64 // limit, 0 for none
	Pids        int64   // limit, 0 for none
	Mounts      []Mount
	Networks    []string
	Changed     []Change // files of the container's own layer
	Env         []string // variables, as NAME=value, that it was started with
}

// Mount is a volume, bind mount or tmpfs.
type Mount struct {
	Type        string // volume, bind, tmpfs
	Source      string // volume name or host path
	Destination string
	Writable    bool
	Options     string // of a tmpfs
}

// Change is a file that differs from the image.
type Change struct {
	Kind string // added, modified, deleted
	Path string
}

// Observe looks at a running container.
func (e *Engine) Observe(ctx context.Context, id string) (*Observation, error) {
	r, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, err
	}
	c := &r.Container
	o := &Observation{
		Service: c.Config.Labels[serviceLabel], Image: c.Config.Image, User: c.Config.User, Env: c.Config.Env,
		ReadOnly: c.HostConfig.ReadonlyRootfs, Privileged: c.HostConfig.Privileged,
		SecurityOpt: c.HostConfig.SecurityOpt, CapAdd: c.HostConfig.CapAdd, CapDrop: c.HostConfig.CapDrop,
		Memory: c.HostConfig.Memory, CPUs: float64(c.HostConfig.NanoCPUs) / 1e9,
	}
	if p := c.HostConfig.PidsLimit; p != nil && *p > 0 {
		o.Pids = *p
	}
	if o.ImageSize, err = e.ImageSize(ctx, c.Image); err != nil {
		return nil, err
	}
	for _, m := range c.Mounts {
		source := m.Name
		if source == "" {
			source = m.Source
		}
		o.Mounts = append(o.Mounts, Mount{Type: string(m.Type), Source: source, Destination: m.Destination, Writable: m.RW})
	}
	for path, options := range c.HostConfig.Tmpfs {
		o.Mounts = append(o.Mounts, Mount{Type: "tmpfs", Destination: path, Writable: true, Options: options})
	}
	sort.Slice(o.Mounts, func(i, j int) bool { return o.Mounts[i].Destination < o.Mounts[j].Destination })
	for name := range c.NetworkSettings.Networks {
		o.Networks = append(o.Networks, name)
	}
	slices.Sort(o.Networks)
	if o.Changed, err = e.changes(ctx, id); err != nil {
		return nil, err
	}
	o.Processes, err = e.processes(ctx, c)
	return o, err
}

func (e *Engine) changes(ctx context.Context, id string) ([]Change, error) {
	diff, err := e.api.ContainerDiff(ctx, id, client.ContainerDiffOptions{})
	if err != nil {
		return nil, err
	}
	kinds := map[container.ChangeType]string{container.ChangeAdd: "added", container.ChangeModify: "modified", container.ChangeDelete: "deleted"}
	out := make([]Change, 0, len(diff.Changes))
	for _, x := range diff.Changes {
		out = append(out, Change{kinds[x.Kind], x.Path})
	}
	return out, nil
}
