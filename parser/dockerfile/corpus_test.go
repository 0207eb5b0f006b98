package dockerfile_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// TestCorpus holds the promises of the parser against every Dockerfile below
// the directory that BULKHEAD_CORPUS names.
func TestCorpus(t *testing.T) {
	root := os.Getenv("BULKHEAD_CORPUS")
	if root == "" {
		t.Skip("BULKHEAD_CORPUS names no directory")
	}
	files, refused, opaque, scripts := 0, 0, 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(strings.ToLower(d.Name()), "dockerfile") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		doc, err := dockerfile.Parse(parser.NewSource(path, data))
		if err != nil {
			refused++
			if _, bkErr := bk.Parse(bytes.NewReader(data)); bkErr == nil {
				t.Logf("refused: %v", err)
			}
			return nil
		}
		check(t, doc)
		for _, in := range doc.Instructions() {
			if s := in.Script(); s != nil {
				scripts++
				if s.Opaque != "" {
					opaque++
					t.Logf("%s: opaque: %s", path, s.Opaque)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d refused; %d scripts, %d opaque", files, refused, scripts, opaque)
}

// check asserts what holds for every document: tokens tile the file, spans nest,
// words stand where their spans say.
func check(t *testing.T, doc *dockerfile.Document) {
	t.Helper()
	src := doc.Source
	at := 0
	var out strings.Builder
	for _, tok := range doc.Tokens() {
		if tok.Span.Start != at || tok.Span.Empty() {
			t.Fatalf("%s: token %v does not start at %d", src.Name(), tok, at)
		}
		at = tok.Span.End
		out.WriteString(src.Text(tok.Span))
	}
	if out.String() != string(src.Bytes()) {
		t.Fatalf("%s: tokens do not make the file", src.Name())
	}
	end := 0
	for _, in := range doc.Instructions() {
		if in.Span.Start < end || in.Span.End > src.Len() {
			t.Fatalf("%s: %s at %v overlaps what is before it", src.Name(), in.Keyword, in.Span)
		}
		end = in.Span.End
		if got := strings.ToUpper(src.Text(in.KeywordSpan)); got != in.Keyword && !strings.Contains(got, "\n") {
			t.Fatalf("%s: keyword %q stands at %q", src.Name(), in.Keyword, got)
		}
		for _, w := range append(append([]dockerfile.Word{}, in.Flags...), in.Args...) {
			if !in.Span.Contains(w.Span) {
				t.Fatalf("%s: word %q %v is outside of %v", src.Name(), w.Text, w.Span, in.Span)
			}
			if text := src.Text(w.Span); !strings.Contains(text, "\n") && text != w.Text {
				t.Fatalf("%s: word %q stands at %q", src.Name(), w.Text, text)
			}
		}
		if s := in.Script(); s != nil && s.File != nil {
			for _, c := range s.Calls() {
				if !in.Span.Contains(c.Span) {
					t.Fatalf("%s: call %q %v is outside of %v", src.Name(), c.Text(), c.Span, in.Span)
				}
				for _, a := range c.Args {
					if text := src.Text(a.Span); !strings.Contains(text, "\n") && text != a.Text {
						t.Fatalf("%s: argument %q stands at %q", src.Name(), a.Text, text)
					}
				}
			}
		}
	}
}
