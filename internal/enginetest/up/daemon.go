package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func (m machine) pidFile() string { return filepath.Join(m.home, "dockerd.pid") }
func (m machine) logFile() string { return filepath.Join(m.home, "dockerd.log") }

// start runs dockerd in the background and waits until it answers.
func (m machine) start() error {
	out, err := os.Create(m.logFile())
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()                                                                    // dockerd has its own
	cmd := exec.Command(filepath.Join(m.bin, "dockerd"), "--data-root", m.data, "--pidfile", m.pidFile()) //nolint:noctx // outlives this process
	cmd.Env = append(os.Environ(), "PATH="+m.bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	limit := time.After(2 * time.Minute)
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("dockerd ended (%w):\n%s", err, m.tail())
		case <-limit:
			return fmt.Errorf("dockerd does not answer after two minutes:\n%s", m.tail())
		case <-m.ctx.Done():
			return errors.Join(m.ctx.Err(), cmd.Process.Kill())
		case <-time.After(500 * time.Millisecond):
			if m.answers() == nil {
				log.Printf("the engine answers; its log is %s", m.logFile())
				return nil
			}
		}
	}
}

// tail is the end of dockerd's log.
func (m machine) tail() string {
	data, err := os.ReadFile(m.logFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

func (m machine) stop() error {
	data, err := os.ReadFile(m.pidFile())
	if errors.Is(err, os.ErrNotExist) {
		log.Print("nothing was started")
		return nil
	}
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return fmt.Errorf("%s: %w", m.pidFile(), err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("dockerd (%d): %w", pid, err)
	}
	for range 120 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			log.Print("stopped")
			return nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	return fmt.Errorf("dockerd (%d) does not stop", pid)
}
