package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Networks maps the services of a hardened project to the networks that they are on, and
// tells which of those lead nowhere else.
type Networks struct {
	Of       map[string][]string // by service, sorted as compose has them
	Internal map[string]bool     // by network
}

// Networks reads `docker compose config`.
func (p *Project) Networks(ctx context.Context) (*Networks, error) {
	out, err := p.compose(ctx, "config", "--format", "json")
	if err != nil {
		return nil, err
	}
	var config struct {
		Services map[string]struct {
			Networks map[string]any `json:"networks"`
		} `json:"services"`
		Networks map[string]struct {
			Internal bool `json:"internal"`
		} `json:"networks"`
	}
	if err := json.Unmarshal([]byte(out), &config); err != nil {
		return nil, fmt.Errorf("docker compose config: %w", err)
	}
	n := &Networks{Of: map[string][]string{}, Internal: map[string]bool{}}
	for service, s := range config.Services {
		for network := range s.Networks {
			n.Of[service] = append(n.Of[service], network)
		}
	}
	for name, network := range config.Networks {
		n.Internal[name] = network.Internal
	}
	return n, nil
}

// Address is the address of a service's container on one of its networks.
func (p *Project) Address(ctx context.Context, service, network string) (string, error) {
	all, err := p.Containers(ctx)
	if err != nil {
		return "", err
	}
	got, err := p.session.api.ContainerInspect(ctx, all[service], client.ContainerInspectOptions{})
	if err != nil {
		return "", err
	}
	end := got.Container.NetworkSettings.Networks[p.Name+"_"+network]
	if end == nil {
		return "", fmt.Errorf("%s is not on %s", service, network)
	}
	return end.IPAddress.String(), nil
}

// Reaches reports whether a container on one network of the project opens a TCP
// connection to a host, by its name or address.
func (p *Project) Reaches(ctx context.Context, network, host string, port int) (bool, error) {
	create := client.ContainerCreateOptions{
		Config: &container.Config{
			Image: p.session.Helper, Labels: map[string]string{Label: p.session.ID},
			Cmd: []string{"timeout", "4", "bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s/%d", host, port)},
		},
		HostConfig: &container.HostConfig{NetworkMode: container.NetworkMode(p.Name + "_" + network)},
	}
	created, err := p.session.api.ContainerCreate(ctx, create)
	if err != nil {
		return false, err
	}
	defer func() { _ = p.session.Remove(context.WithoutCancel(ctx), created.ID) }() // Close does so too
	if _, err := p.session.api.ContainerStart(ctx, created.ID, client.ContainerStartOptions{}); err != nil {
		return false, err
	}
	wait := p.session.api.ContainerWait(ctx, created.ID, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case err := <-wait.Error:
		return false, err
	case end := <-wait.Result:
		if end.Error != nil {
			return false, fmt.Errorf("the probe on %s: %s", network, strings.TrimSpace(end.Error.Message))
		}
		return end.StatusCode == 0, nil
	}
}
