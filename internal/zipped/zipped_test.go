package zipped_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/zipped"
)

func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.gz")
	size, err := zipped.Write(file, "a\tb\n")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || len(data) != size {
		t.Fatalf("%d bytes of %d, %v", len(data), size, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "a\tb\n" {
		t.Errorf("%q, %v", text, err)
	}
}
