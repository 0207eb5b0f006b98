package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &progress{w: &out, width: 80, total: 400, now: func() time.Time { return now }}
	for range 400 {
		now = now.Add(time.Millisecond)
		p.step()
	}
	if n := strings.Count(out.String(), "\r"); n < 2 || n > 6 {
		t.Errorf("drawn %d times in 0.4 s", n)
	}
	if bar := p.bar(); bar != "["+strings.Repeat("#", 40)+"] 400 of 400 files" {
		t.Errorf("at the end: %q", bar)
	}
	out.Reset()
	p.clear()
	if strings.TrimLeft(out.String(), "\r ") != "" {
		t.Errorf("cleared by %q", &out)
	}
	for width, want := range map[int]string{0: "400 of 400 files", 24: "400 of 400 files", 30: "[##########] 400 of 400 files"} {
		p.width = width
		if got := p.bar(); got != want {
			t.Errorf("in %d columns: %q", width, got)
		}
	}
	var none *progress
	none.step()
	none.clear()
}

// TestNoTerminal: what is no terminal has neither width nor links nor a bar.
func TestNoTerminal(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	r := &run{command: "check", out: null, err: null}
	if isTerminal(null) || terminalWidth(null) != 0 || linksWork(null) || r.progressOf(1000) != nil {
		t.Error("a device is taken for a terminal")
	}
}
