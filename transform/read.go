package transform

import "io/fs"

// maxText bounds how much of a file of the project rules read: scripts, manifests and settings are
// smaller.
const maxText = 256 << 10

// ReadBounded reads a file of the project. ok is false when there is none, or one that is no regular file or
// larger than what rules read; files may be nil.
func ReadBounded(files fs.FS, name string) (text string, ok bool) {
	if files == nil {
		return "", false
	}
	info, err := fs.Stat(files, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxText {
		return "", false
	}
	data, err := fs.ReadFile(files, name)
	return string(data), err == nil
}
