package main

import "testing"

func TestLimits(t *testing.T) {
	tests := []struct {
		seen, pids int64
		memory     string
		limit      int64
	}{
		{0, 1, "128m", 200},
		{32 << 20, 50, "128m", 200},
		{33 << 20, 51, "192m", 300},
		{49 << 20, 99, "256m", 400},
		{300 << 20, 100, "1536m", 400},
		{1 << 30, 101, "4096m", 500},
	}
	for _, tt := range tests {
		if got := megabytes(memoryLimit(tt.seen)); got != tt.memory {
			t.Errorf("memoryLimit(%d) = %s, want %s", tt.seen, got, tt.memory)
		}
		if got := memoryLimit(tt.seen); got < factor*tt.seen {
			t.Errorf("memoryLimit(%d) = %d", tt.seen, got)
		}
		if got := pidsLimit(tt.pids); got != tt.limit {
			t.Errorf("pidsLimit(%d) = %d, want %d", tt.pids, got, tt.limit)
		}
	}
}

func TestYAML(t *testing.T) {
	h := high{idle: 9<<20 + 1, load: 5 << 20, idlePids: 3}.max(high{load: 20 << 20, loadPids: 12})
	const want = "  limits:\n    memory: {idle: 10m, load: 20m, limit: 128m}\n    pids: {idle: '3', load: '12', limit: '200'}\n    source: here\n"
	if got := h.yaml("here"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
