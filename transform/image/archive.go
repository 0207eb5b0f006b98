package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"io/fs"
)

// isArchive reports whether ADD unpacks a file: it is a tar file, as it is or compressed
// (BuildKit, solver/llbsolver/file/unpack.go). What of xz and zstd, which the standard
// library does not read, is inside is not looked at: they are taken for archives. So is a
// file that cannot be read.
func isArchive(files fs.FS, name string) bool {
	f, err := files.Open(name)
	if err != nil {
		return true
	}
	defer func() { _ = f.Close() }() // opened for reading
	r := bufio.NewReader(f)
	head, err := r.Peek(6)
	if err != nil { // shorter than any archive
		return false
	}
	var in io.Reader = r
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		zr, err := gzip.NewReader(r)
		if err != nil {
			return false
		}
		in = zr
	case bytes.HasPrefix(head, []byte("BZh")):
		in = bzip2.NewReader(r)
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return true
	}
	_, err = tar.NewReader(io.LimitReader(in, maxHeader)).Next()
	return err == nil
}

// maxHeader bounds what is read to find the first file of an archive.
const maxHeader = 1 << 20
