package hazards

import (
	"slices"
	"strings"
)

// ComposeFile is one compose file with the reason why it is here.
type ComposeFile struct {
	Name, Text string
	// After is the text once `cap_drop: [ALL]`, with the comment `why`, and `read_only:
	// true` were added to every service that can get them: to the list or below the key
	// where there is one.
	After string
	// Refused is why a service stays as it is, in part; empty when all get the keys.
	Refused string
}

// Compose lists compose files that are hard to edit. compose-go takes every one of them.
var Compose = slices.Concat(composeEnds, composeShape, composeText)

// ending is what a text is written with.
type ending int

const (
	crlf     ending = iota // line endings
	unended                // the last line has no ending
	ordermrk               // a byte order mark stands in front
)

// diff makes a file of a text whose lines start with a blank, a minus for those that
// are replaced, or a plus for those that are added.
func diff(name, text string, endings ...ending) ComposeFile {
	var before, after []string
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		switch {
		case line == "":
			before, after = append(before, ""), append(after, "")
		case line[0] == '+':
			after = append(after, line[1:])
		case line[0] == '-':
			before = append(before, line[1:])
		default:
			before, after = append(before, line[1:]), append(after, line[1:])
		}
	}
	f := ComposeFile{Name: name, Text: join(before), After: join(after)}
	for _, e := range endings {
		f.Text, f.After = e.apply(f.Text), e.apply(f.After)
	}
	return f
}

// refused is a file with a service that is left alone.
func refused(why string, f ComposeFile) ComposeFile {
	f.Refused = why
	return f
}

func join(lines []string) string { return strings.Join(lines, "\n") + "\n" }

func (e ending) apply(text string) string {
	switch e {
	case crlf:
		return strings.ReplaceAll(text, "\n", "\r\n")
	case unended:
		return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	case ordermrk:
		return "\ufeff" + text
	}
	return text
}
