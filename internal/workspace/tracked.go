package workspace

import (
	"bytes"
	"encoding/binary"
	"io/fs"
)

// Tracked reports whether git tracks a file, by the index of the repository at the top of
// files. What cannot be told (a linked worktree, an index that is too large, or of version 4,
// which shortens names) is false.
func Tracked(files fs.FS, name string) bool {
	index, err := fs.ReadFile(files, ".git/index")
	if err != nil {
		return false
	}
	return inIndex(index, name)
}

// The fixed parts of the index, see gitformat-index(5).
const (
	indexHeader = 12
	entryFixed  = 62 // of an entry, in front of its name
	entryFlags  = 60
	extended    = 0x4000 // two more bytes of flags
)

// inIndex looks for an entry.
func inIndex(index []byte, name string) bool {
	if len(index) < indexHeader || !bytes.HasPrefix(index, []byte("DIRC")) || binary.BigEndian.Uint32(index[4:]) > 3 {
		return false
	}
	count, at := binary.BigEndian.Uint32(index[8:]), indexHeader
	for range count {
		if at+entryFixed > len(index) {
			return false
		}
		start := at + entryFixed
		if binary.BigEndian.Uint16(index[at+entryFlags:])&extended != 0 {
			start += 2
		}
		end := bytes.IndexByte(index[min(start, len(index)):], 0)
		if end < 0 {
			return false
		}
		if string(index[start:start+end]) == name {
			return true
		}
		at += (start + end - at + 8) / 8 * 8 // entries are padded with one to eight zeros
	}
	return false
}
