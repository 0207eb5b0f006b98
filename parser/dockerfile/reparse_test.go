package dockerfile_test

import (
	"reflect"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// FuzzReparse: what was taken over from the earlier document is what BuildKit
// makes of the whole new text.
func FuzzReparse(f *testing.F) {
	for i, text := range seeds(f) {
		if len(text) > 10_000 { // slow, and nothing that a shorter one has not
			continue
		}
		f.Add(text, uint(i*37), uint(i%5), "RUN true \\\n")
		f.Add(text, uint(i*53), uint(0), "RUN cat <<RUN\n")
	}
	long := "FROM a\nRUN echo this is a line that is long enough to be taken over\nLABEL x=y\nRUN <<EOF\nRUN echo this is a line that is long enough too\nEOF\n"
	for i := range uint(len(long)) {
		f.Add(long, i, uint(0), "\\\n")
		f.Add(long, i, uint(0), "\n")
		f.Add(long, i, uint(1), "")
		f.Add(long, i, uint(0), "RUN <<EOF\n")
		f.Add(long, i, uint(0), "# comment\n")
	}
	f.Fuzz(func(t *testing.T, text string, at, n uint, insert string) {
		before, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
		if err != nil {
			return
		}
		start := int(at % uint(len(text)+1))
		end := min(len(text), start+int(n%64))
		src, moves, err := before.Source.Apply([]parser.Edit{parser.Replace(parser.Span{Start: start, End: end}, insert)})
		if err != nil {
			t.Fatal(err)
		}
		want, wantErr := dockerfile.Parse(src)
		got, gotErr := dockerfile.Reparse(src, before, moves)
		if (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("%q: parsing gives %v, reparsing %v", src.Bytes(), wantErr, gotErr)
		}
		if wantErr != nil {
			return
		}
		if !reflect.DeepEqual(got.Comments, want.Comments) || !reflect.DeepEqual(got.Directives, want.Directives) {
			t.Errorf("%q: comments or directives differ", src.Bytes())
		}
		a, b := got.Instructions(), want.Instructions()
		if len(a) != len(b) {
			t.Fatalf("%q: %d instructions, want %d", src.Bytes(), len(a), len(b))
		}
		for i := range a {
			if !reflect.DeepEqual(a[i].Node, b[i].Node) {
				t.Errorf("%q: %+v, want %+v", src.Bytes(), a[i].Node, b[i].Node)
			}
			if a[i].Span != b[i].Span || !reflect.DeepEqual(a[i].Args, b[i].Args) {
				t.Errorf("%q: instruction %d differs", src.Bytes(), i)
			}
		}
	})
}
