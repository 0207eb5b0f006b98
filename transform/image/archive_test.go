package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"testing"
	"testing/fstest"
)

func TestIsArchive(t *testing.T) {
	var plain bytes.Buffer
	tw := tar.NewWriter(&plain)
	if err := tw.WriteHeader(&tar.Header{Name: "etc/motd", Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	packed := func(text []byte) []byte {
		var b bytes.Buffer
		zw := gzip.NewWriter(&b)
		if _, err := zw.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	hello, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWdhyL6wAAAFXgAAQQAAAQACABgSQACAAIgaG1CDJiMdp6Cgfi7kinChIbDkX1gA=") // bzip2 of "hello world\n"
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want bool
	}{
		"tar":          {plain.Bytes(), true},
		"tar, gzip":    {packed(plain.Bytes()), true},
		"text, gzip":   {packed([]byte("hello")), false},
		"text, bzip2":  {hello, false},
		"broken gzip":  {[]byte("\x1f\x8b rubbish"), false},
		"xz":           {[]byte("\xfd7zXZ\x00rest"), true},
		"zstd":         {[]byte("\x28\xb5\x2f\xfdrest"), true},
		"text":         {bytes.Repeat([]byte("hello "), 300), false},
		"short":        {[]byte("hi"), false},
		"empty":        {nil, false},
		"zip, as .jar": {[]byte("PK\x03\x04rest of it"), false},
	} {
		if got := isArchive(fstest.MapFS{"f": {Data: c.data}}, "f"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !isArchive(fstest.MapFS{}, "f") {
		t.Error("a file that cannot be read may be anything")
	}
}
