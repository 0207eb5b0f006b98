package report

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// sequences are those that a terminal shows nothing of: colours and links.
var sequences = regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x1b]*\x1b\\\\")

// columnsOf is how many columns a terminal shows a text in.
func columnsOf(s string) int {
	return utf8.RuneCountInString(sequences.ReplaceAllString(s, ""))
}

// link makes a text of the terminal lead to an address.
func (t Text) link(address, text string) string {
	if !t.Links || address == "" {
		return text
	}
	return "\x1b]8;;" + address + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// wrapped breaks the message behind a head into lines that fit the width, all of them below its
// beginning; where that leaves too little room, below the head.
func (t Text) wrapped(head, message string) string {
	const least, below = 40, 6 // columns of a message that is worth to read, and its indentation below the head
	if t.Width == 0 || columnsOf(head)+columnsOf(message) <= t.Width {
		return head + message
	}
	indent := columnsOf(head)
	var b strings.Builder
	b.WriteString(head)
	at := indent
	if t.Width-indent < least {
		indent = below
		b.WriteString("\n" + strings.Repeat(" ", indent))
		at = indent
	}
	for i, word := range strings.Fields(message) {
		n := columnsOf(word)
		switch {
		case i == 0:
		case at+1+n > t.Width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
