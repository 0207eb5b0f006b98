package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// showDiff prints what would change.
func showDiff(r *run, res planned) error {
	text := ""
	for _, c := range res.report.Shown() {
		text += c.Unified()
	}
	if r.colored {
		text = diff.Colour(text)
	}
	_, err := io.WriteString(r.out, text)
	return err
}

// writeFiles writes the change into the file; standard input goes to standard output.
func writeFiles(r *run, res planned) error {
	if r.paths[0] == "-" {
		_, err := r.out.Write(res.After.Bytes())
		return err
	}
	r.report.Written()
	if !res.Changed() {
		return nil
	}
	undo, err := pipeline.WriteFiles(res.Files)
	if err != nil {
		return err
	}
	if err := r.write(res); err != nil {
		undo()
		return err
	}
	return nil
}

// write writes the file itself, or the override file beside it.
func (r *run) write(res planned) error {
	root, err := fsx.Open(res.File.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	if res.Override != nil {
		return root.PutFile(res.Override.Rel, res.Override.Text)
	}
	if res.Before == res.After {
		return nil
	}
	opts := fsx.WriteOptions{Expect: res.Before.Bytes()}
	if r.backup {
		if _, values := secret.In(res.Before, res.report.Compose); len(values) > 0 {
			return errors.New("is left as it is: it holds credentials, and a backup would be one more file that does; leave --backup out")
		}
		opts.Backup = ".orig"
	}
	return root.WriteFile(res.File.Rel, res.After.Bytes(), opts)
}

// onlyCheck leaves all to the report and the exit code.
func onlyCheck(*run, planned) error { return nil }

// writeOutput writes the file of --output whole or not at all. What is no regular
// file, such as a device, is written to as it is.
func writeOutput(name string, data []byte) error {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return named(name, os.WriteFile(name, data, 0o666))
	}
	if err == nil {
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return err
		}
	}
	temp := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d.tmp", filepath.Base(name), os.Getpid()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return named(name, err)
	}
	_, err = f.Write(data)
	if err == nil && info != nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		_ = os.Remove(temp)
	}
	return named(name, err)
}

// named makes an error one about the output file.
func named(name string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--output %s: its directory does not exist", name)
	}
	return fmt.Errorf("--output %s: %w", name, pathReason(err))
}
