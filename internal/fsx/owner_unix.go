//go:build unix

package fsx

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one, where the process may.
func keepOwner(f *os.File, like fs.FileInfo) {
	if st, ok := like.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(st.Uid), int(st.Gid)) // only root may; others write files of their own
	}
}
