package engine

import (
	"archive/tar"
	"bytes"
	"reflect"
	"slices"
	"testing"
)

func TestParseStatus(t *testing.T) {
	p, err := parseStatus("Name:\tnginx\nUid:\t0\t101\t0\t0\nGid:\t0\t102\t0\t0\nVmHWM:\t    2048 kB\nCapEff:\t0000000000000401\nCapBnd:\t00000000a80425fb\nNoNewPrivs:\t1\nSeccomp:\t2\n")
	if err != nil {
		t.Fatal(err)
	}
	want := Process{Command: "nginx", UID: 101, GID: 102, CapEff: 1<<0 | 1<<10, CapBnd: 0xa80425fb, NoNewPrivs: true, Seccomp: true, MemoryPeak: 2 << 20}
	if p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
	if got := p.CapEff.Names(); !slices.Equal(got, []string{"CHOWN", "NET_BIND_SERVICE"}) {
		t.Errorf("capabilities %v", got)
	}
	if got := len(p.CapBnd.Names()); got != 14 {
		t.Errorf("Docker's default set has %d capabilities", got)
	}
	for _, text := range []string{"Uid:\t0\n", "CapEff:\txyz\n", "Gid:\ta\tb\tc\td\n"} {
		if _, err := parseStatus(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestListeningPorts(t *testing.T) {
	got := listeningPorts(`  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 1 1
   1: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0 0 0
`)
	if want := map[uint16]bool{8000: true, 443: true}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReadContents(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []*tar.Header{
		{Name: "usr/bin/passwd", Mode: 0o4755, Size: 3}, {Name: "./usr/bin/gcc", Mode: 0o777, Typeflag: tar.TypeSymlink, Linkname: "gcc-12"},
		{Name: "usr/bin/x86_64-linux-gnu-g++-14", Mode: 0o755, Size: 3}, {Name: "usr/bin/ld-linux.so.2", Mode: 0o755, Size: 3}, {Name: "opt/venv/bin/poetry", Mode: 0o755, Size: 3},
		{Name: "bin/sh", Mode: 0o755, Size: 3}, {Name: "usr/share/doc/gcc", Mode: 0o755, Size: 3}, {Name: "usr/bin/make", Mode: 0o644, Size: 3},
		{Name: "usr/local/bin/pip", Mode: 0o755, Size: 3}, {Name: "usr/include/x86_64-linux-gnu/sys/types.h", Mode: 0o644}, {Name: "usr/include/x86_64-linux-gnu/python3.13/pyconfig.h", Mode: 0o644},
		{Name: "usr/local/include/node/node.h", Mode: 0o644}, {Name: "usr/local/include/z.h", Mode: 0o644}, {Name: "usr/lib/x/", Mode: 0o2755, Typeflag: tar.TypeDir},
	} {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readContents(&b)
	if err != nil {
		t.Fatal(err)
	}
	want := &Contents{Setuid: []string{"/usr/bin/passwd"}, Compilers: []string{"/usr/bin/gcc", "/usr/bin/x86_64-linux-gnu-g++-14"}, Shells: []string{"/bin/sh"}, Managers: []string{"/opt/venv/bin/poetry", "/usr/local/bin/pip"},
		Headers: []string{"/usr/include/x86_64-linux-gnu/sys/types.h", "/usr/local/include/z.h"}, Files: 12, Bytes: 24}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
