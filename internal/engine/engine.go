// Package engine drives a Docker Engine: it builds images, starts compose projects
// and single images, waits for them, observes what runs in them, and removes all that
// it made. The API is spoken by Docker's own client; compose is the user's own
// `docker compose`.
package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// ErrNone is returned when no Docker Engine answers.
var ErrNone = errors.New("no Docker Engine answers")

// Label marks every container that this package starts; its value is the session.
const Label = "dev.bulkhead.session"

// Engine is a connection to a Docker Engine.
type Engine struct {
	// Helper is an image with a POSIX shell. It is used to look at processes where
	// the engine runs on another machine; see Observe.
	Helper string

	api *client.Client
}

// Connect finds the engine that the environment names (DOCKER_HOST and so on), or the
// local one. The error wraps ErrNone when none answers within some seconds.
func Connect(ctx context.Context) (*Engine, error) {
	api, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := api.Ping(ctx, client.PingOptions{}); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrNone, err), api.Close())
	}
	return &Engine{Helper: "busybox:stable", api: api}, nil
}

// Close ends the connection.
func (e *Engine) Close() error { return e.api.Close() }

// Version is the engine's own version.
func (e *Engine) Version(ctx context.Context) (string, error) {
	v, err := e.api.ServerVersion(ctx, client.ServerVersionOptions{})
	return v.Version, err
}

// Session names and removes what one run makes. Its methods may be used by several
// goroutines; Close must come last.
type Session struct {
	*Engine
	ID string // part of all names

	made things
}

// NewSession starts a session. Close it, also after a failure or an interruption.
func (e *Engine) NewSession() *Session {
	return &Session{Engine: e, ID: strings.ToLower(rand.Text()[:10])}
}

// name is a name for a thing of this session.
func (s *Session) name(what string) string { return "bulkhead-" + s.ID + "-" + what }

// docker runs a docker command. The end of what it prints is part of the error.
func docker(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1", "DOCKER_CLI_HINTS=false")
	cmd.WaitDelay = 10 * time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return stdout.String(), fmt.Errorf("docker %s: %w\n%s", shown(args), err, tail(stderr.String()+stdout.String()))
	}
	return stdout.String(), nil
}

// shown is as much of a command as tells which one it was.
func shown(args []string) string {
	if len(args) > 8 {
		return strings.Join(args[:8], " ") + " …"
	}
	return strings.Join(args, " ")
}

// tail is the end of an output.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
