// Package zipped writes the tables that are embedded zipped.
package zipped

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
)

// Write writes a text as a gzip file, as small as it gets, and tells its size in bytes.
func Write(file, text string) (size int, err error) {
	var data bytes.Buffer
	zip, err := gzip.NewWriterLevel(&data, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(zip, text); err != nil {
		return 0, err
	}
	if err := zip.Close(); err != nil {
		return 0, err
	}
	return data.Len(), os.WriteFile(file, data.Bytes(), 0o644)
}
