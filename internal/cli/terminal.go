package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// isTerminal reports whether somebody may be reading.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a descriptor
}

// terminalWidth is the number of columns of a terminal, 0 for anything else.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd())) //nolint:gosec // a descriptor
	if err != nil {
		return 0
	}
	return width
}

// linksWork reports whether texts may lead somewhere: on a terminal that is not the log of
// a continuous integration, which shows the addresses as rubbish.
func linksWork(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("CI") == ""
}

// manyFiles is the number of files from which on a run shows how far it is.
const manyFiles = 200

// progress draws how far a run is. The nil one draws nothing.
type progress struct {
	w           io.Writer
	width       int
	done, total int
	drawn       time.Time
	now         func() time.Time
}

// progressOf is the bar of a run over a number of files: on a terminal, for many files, where nothing
// else is printed meanwhile.
func (r *run) progressOf(total int) *progress {
	streams := r.command == "diff" && len(r.outputs) == 0 && isTerminal(r.out)
	if total <= manyFiles || r.quiet || streams || !isTerminal(r.err) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return &progress{w: r.err, width: terminalWidth(r.err), total: total, now: time.Now}
}

// step counts a file, and draws ten times a second at most.
func (p *progress) step() {
	if p == nil {
		return
	}
	p.done++
	if now := p.now(); now.Sub(p.drawn) >= time.Second/10 {
		p.drawn = now
		fmt.Fprintf(p.w, "\r%s", p.bar())
	}
}

// bar is one line that fits the terminal.
func (p *progress) bar() string {
	count := fmt.Sprintf(" %d of %d files", p.done, p.total)
	room := min(40, p.width-len(count)-3)
	if room < 5 {
		return count[1:]
	}
	full := room * min(p.done, p.total) / p.total
	return "[" + strings.Repeat("#", full) + strings.Repeat(" ", room-full) + "]" + count
}

// clear takes the bar off the terminal.
func (p *progress) clear() {
	if p != nil && !p.drawn.IsZero() {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", len(p.bar())))
	}
}
