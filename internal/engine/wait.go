package engine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Settle is for how long a container without a health check must have run without
// a restart to be taken for started.
const Settle = 2 * time.Second

// ErrEnded is returned when a container ended that was waited for.
var ErrEnded = errors.New("the container ended")

// poll asks for a container's state until done says so.
func (e *Engine) poll(ctx context.Context, id string, done func(*container.InspectResponse) (bool, error)) error {
	for {
		c, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
		if err != nil {
			return err
		}
		ok, err := done(&c.Container)
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s (%s): %w\n%s", strings.TrimPrefix(c.Container.Name, "/"), c.Container.State.Status, ctx.Err(), e.lastLines(id))
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// Ready waits until a container is up: healthy when it has a health check, else
// settled. A container that ends with 0 has done its work.
func (e *Engine) Ready(ctx context.Context, id string) error {
	return e.poll(ctx, id, func(c *container.InspectResponse) (bool, error) {
		if c.State.Status == container.StateExited && c.State.ExitCode == 0 {
			return true, nil
		}
		if err := e.ended(c); err != nil {
			return false, err
		}
		if h := c.State.Health; h != nil && h.Status != container.NoHealthcheck {
			if h.Status == container.Unhealthy {
				return false, fmt.Errorf("unhealthy: %s", lastCheck(h))
			}
			return h.Status == container.Healthy, nil
		}
		return settled(c), nil
	})
}

// Settled waits until a container has run for a moment without a restart.
func (e *Engine) Settled(ctx context.Context, id string) error {
	return e.poll(ctx, id, func(c *container.InspectResponse) (bool, error) { return settled(c), e.ended(c) })
}

// Listening waits until a process of the container listens on a TCP port.
func (e *Engine) Listening(ctx context.Context, id string, port uint16) error {
	return e.poll(ctx, id, func(c *container.InspectResponse) (bool, error) {
		if err := e.ended(c); err != nil || !c.State.Running {
			return false, err
		}
		ports, err := e.listening(ctx, c)
		return ports[port], err
	})
}

// Exited waits until a container ends, and returns its exit code.
func (e *Engine) Exited(ctx context.Context, id string) (code int, err error) {
	err = e.poll(ctx, id, func(c *container.InspectResponse) (bool, error) {
		code = c.State.ExitCode
		return c.State.Status == container.StateExited || c.State.Status == container.StateDead, nil
	})
	return code, err
}

func settled(c *container.InspectResponse) bool {
	start, err := time.Parse(time.RFC3339Nano, c.State.StartedAt)
	return err == nil && c.State.Running && !c.State.Restarting && time.Since(start) >= Settle
}

// ended reports a container that will not come up by itself.
func (e *Engine) ended(c *container.InspectResponse) error {
	gone := c.State.Status == container.StateExited || c.State.Status == container.StateDead
	if gone || c.RestartCount > 2 {
		return fmt.Errorf("%w with %d: %s\n%s", ErrEnded, c.State.ExitCode, c.State.Error, e.lastLines(c.ID))
	}
	return nil
}

func lastCheck(h *container.Health) string {
	if n := len(h.Log); n > 0 {
		return strings.TrimSpace(h.Log[n-1].Output)
	}
	return "no check was made yet"
}

// lastLines is the end of a container's output. It is asked for when something went
// wrong, and so does not depend on the context of what went wrong.
func (e *Engine) lastLines(id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "logs", "--tail", "20", id).CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return tail(string(out))
}
