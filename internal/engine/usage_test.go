package engine

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReadUsage: both versions of control groups give the same figures.
func TestReadUsage(t *testing.T) {
	want := Usage{Memory: 700, MemoryPeak: 5000, Pids: 3, PidsPeak: 9}
	tests := []struct {
		name, groups string
		files        map[string]string
	}{
		{"version 1", "9:name=systemd:/docker/x\n8:pids:/docker/x\n4:memory:/docker/x\n0::/docker/x\n", map[string]string{
			"memory/docker/x/memory.stat":                "cache 40\nrss 1\ntotal_cache 900\ntotal_rss 400\ntotal_shmem 200\n",
			"memory/docker/x/memory.kmem.usage_in_bytes": "100\n",
			"memory/docker/x/memory.max_usage_in_bytes":  "5000\n",
			"pids/docker/x/pids.current":                 "3\n",
			"pids/docker/x/pids.peak":                    "9\n",
		}},
		{"version 2", "0::/system.slice/docker-x.scope\n", map[string]string{
			"system.slice/docker-x.scope/memory.stat":  "anon 400\nfile 900\nkernel 150\nshmem 200\nslab_reclaimable 50\n",
			"system.slice/docker-x.scope/memory.peak":  "5000\n",
			"system.slice/docker-x.scope/pids.current": "3\n",
			"system.slice/docker-x.scope/pids.peak":    "9\n",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for path, text := range tt.files {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := readUsage(root, tt.groups)
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
			if _, err := readUsage(t.TempDir(), tt.groups); err == nil {
				t.Error("no error without files")
			}
		})
	}
}
