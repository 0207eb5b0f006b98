package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
)

// Labels that compose gives to what it makes.
const (
	projectLabel = "com.docker.compose.project"
	serviceLabel = "com.docker.compose.service"
	oneOffLabel  = "com.docker.compose.oneoff"
)

// Project is a compose project under a name of its own, so that it stands beside
// whatever else runs. Its published ports are bound to free ports of the loopback address.
type Project struct {
	Name    string
	Dir     string
	session *Session
	config  composeConfig
	ports   string // the file that rebinds the ports
}

// composeConfig is what is read of `docker compose config`.
type composeConfig struct {
	Services map[string]struct {
		Image string `json:"image"`
		Build *struct {
			Context    string `json:"context"`
			Dockerfile string `json:"dockerfile"`
		} `json:"build"`
		ContainerName string `json:"container_name"`
		Ports         []struct {
			Target    uint16 `json:"target"`
			Published string `json:"published"`
			Protocol  string `json:"protocol"`
		} `json:"ports"`
	} `json:"services"`
}

// Compose reads the compose project in a directory. Two directories of one project, its
// versions before and after a change, may be opened under the same name: then they
// share their volumes.
func (s *Session) Compose(ctx context.Context, name, dir string) (*Project, error) {
	p := &Project{Name: s.name(name), Dir: dir, session: s}
	out, err := docker(ctx, dir, "compose", "-p", p.Name, "config", "--format", "json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(out), &p.config); err != nil {
		return nil, fmt.Errorf("docker compose config: %w", err)
	}
	if err := p.rebind(); err != nil {
		return nil, err
	}
	s.made.Lock()
	defer s.made.Unlock()
	s.made.projects = append(s.made.projects, p)
	return p, nil
}

// rebind writes the override file that binds published ports to free ones, and takes
// away fixed names, which would clash with the user's own containers and images.
func (p *Project) rebind() error {
	var b strings.Builder
	b.WriteString("services:\n")
	for _, name := range p.Services() {
		svc := p.config.Services[name]
		fmt.Fprintf(&b, "  %q:\n    labels:\n      %s: %q\n", name, Label, p.session.ID)
		if svc.Build != nil && svc.Image != "" {
			fmt.Fprintf(&b, "    image: %q\n", p.Image(name))
		}
		if svc.ContainerName != "" {
			b.WriteString("    container_name: !reset null\n")
		}
		if len(svc.Ports) > 0 {
			b.WriteString("    ports: !override\n")
			for _, port := range svc.Ports {
				fmt.Fprintf(&b, "      - %q\n", fmt.Sprintf("127.0.0.1::%d/%s", port.Target, port.Protocol))
			}
		}
	}
	f, err := os.CreateTemp("", "bulkhead-ports-*.yaml")
	if err != nil {
		return err
	}
	p.ports = f.Name()
	_, err = f.WriteString(b.String())
	return errors.Join(err, f.Close())
}

// compose runs `docker compose` on the project.
func (p *Project) compose(ctx context.Context, args ...string) (string, error) {
	files, err := p.files()
	if err != nil {
		return "", err
	}
	base := []string{"compose", "-p", p.Name, "--progress", "plain"}
	for _, f := range append(files, p.ports) {
		base = append(base, "-f", f)
	}
	return docker(ctx, p.Dir, append(base, args...)...)
}

// Env makes `docker compose` in the project's directory mean this project.
func (p *Project) Env() ([]string, error) {
	files, err := p.files()
	return []string{"COMPOSE_PROJECT_NAME=" + p.Name, "COMPOSE_FILE=" + strings.Join(append(files, p.ports), string(filepath.ListSeparator))}, err
}

// files are the files that compose would read by itself in the directory.
func (p *Project) files() ([]string, error) {
	if named := os.Getenv("COMPOSE_FILE"); named != "" {
		return filepath.SplitList(named), nil
	}
	var out []string
	for _, names := range [][]string{
		{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"},
		{"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"},
	} {
		for _, name := range names {
			if _, err := os.Stat(filepath.Join(p.Dir, name)); err == nil {
				out = append(out, name)
				break
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no compose file", p.Dir)
	}
	return out, nil
}

// Build builds the images of the services that have a build section.
func (p *Project) Build(ctx context.Context) error {
	_, err := p.compose(ctx, "build")
	if err != nil {
		return err
	}
	for _, name := range p.Built() {
		p.session.keepImage(p.Image(name))
	}
	return nil
}

// Services lists the services, sorted.
func (p *Project) Services() []string {
	return slices.Sorted(maps.Keys(p.config.Services))
}

// Built lists the services that are built, sorted.
func (p *Project) Built() []string {
	var out []string
	for name, svc := range p.config.Services {
		if svc.Build != nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Dockerfile is the path of the file that a service is built from, "" for none.
func (p *Project) Dockerfile(service string) string {
	build := p.config.Services[service].Build
	switch {
	case build == nil:
		return ""
	case filepath.IsAbs(build.Dockerfile):
		return build.Dockerfile
	}
	return filepath.Join(build.Context, cmp.Or(build.Dockerfile, "Dockerfile"))
}

// Image is the image that a service runs. What is built gets a name of this project.
func (p *Project) Image(service string) string {
	svc := p.config.Services[service]
	switch {
	case svc.Image == "":
		return p.Name + "-" + service
	case svc.Build == nil:
		return svc.Image
	}
	return p.Name + "-" + strings.NewReplacer("/", "-", ":", "-", "@", "-").Replace(svc.Image)
}

// Up starts the project from the images that are there.
func (p *Project) Up(ctx context.Context) error {
	_, err := p.compose(ctx, "up", "--detach", "--no-build", "--quiet-pull")
	return err
}

// Config is the project as docker compose prints it, with variables and files put in.
func (p *Project) Config(ctx context.Context) (string, error) { return p.compose(ctx, "config") }

// Restart stops and starts all containers of the project; what they wrote stays. It takes
// two steps: `docker compose restart` heeds no depends_on, and a proxy that looks up its
// application once, when it starts, then ends while that one is away.
func (p *Project) Restart(ctx context.Context) error {
	if _, err := p.compose(ctx, "stop"); err != nil {
		return err
	}
	_, err := p.compose(ctx, "start")
	return err
}

// Down removes the containers and networks; volumes stay unless they are to go too.
func (p *Project) Down(ctx context.Context, volumes bool) error {
	args := []string{"down", "--remove-orphans"}
	if volumes {
		args = append(args, "--volumes")
	}
	_, err := p.compose(ctx, args...)
	return err
}

// Logs is the end of what the services printed.
func (p *Project) Logs(ctx context.Context) string {
	out, err := p.compose(ctx, "logs", "--no-color", "--tail", "30")
	if err != nil {
		return err.Error()
	}
	return out
}

// Containers maps the services to their first containers.
func (p *Project) Containers(ctx context.Context) (map[string]string, error) {
	filters := make(client.Filters).Add("label", projectLabel+"="+p.Name)
	list, err := p.session.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, c := range list.Items {
		if c.Labels[oneOffLabel] != "True" {
			out[c.Labels[serviceLabel]] = c.ID
		}
	}
	return out, nil
}

// URL is where the first published port of the project answers.
func (p *Project) URL(ctx context.Context) (string, error) {
	for _, name := range p.Services() {
		ports := p.config.Services[name].Ports
		if len(ports) == 0 {
			continue
		}
		out, err := p.compose(ctx, "port", name, strconv.Itoa(int(ports[0].Target)))
		return "http://" + strings.TrimSpace(out), err
	}
	return "", errors.New("no service publishes a port")
}

// Published maps each TCP port that the project publishes, as SERVICE:PORT, to the address
// of this machine at which it is.
func (p *Project) Published(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	for _, name := range p.Services() {
		for _, port := range p.config.Services[name].Ports {
			if port.Protocol != "tcp" {
				continue
			}
			target := strconv.Itoa(int(port.Target))
			address, err := p.compose(ctx, "port", name, target)
			if err != nil {
				return nil, err
			}
			out[name+":"+target] = strings.TrimSpace(address)
		}
	}
	return out, nil
}

// Ready waits until every service of the project is up, see Engine.Ready, and
// listens on the TCP ports that it publishes.
func (p *Project) Ready(ctx context.Context) error {
	all, err := p.Containers(ctx)
	if err != nil {
		return err
	}
	for service, id := range all {
		if err := p.session.Ready(ctx, id); err != nil {
			return fmt.Errorf("%s: %w", service, err)
		}
		for _, port := range p.config.Services[service].Ports {
			if port.Protocol != "tcp" {
				continue
			}
			if err := p.session.Listening(ctx, id, port.Target); err != nil {
				return fmt.Errorf("%s: port %d: %w", service, port.Target, err)
			}
		}
	}
	return nil
}
