package main

import (
	"fmt"
	"strconv"
)

// high is the most that was seen: memory in bytes, threads and processes.
type high struct {
	idle, load, cached int64
	idlePids, loadPids int64
}

func (h high) max(other high) high {
	return high{
		max(h.idle, other.idle), max(h.load, other.load), max(h.cached, other.cached),
		max(h.idlePids, other.idlePids), max(h.loadPids, other.loadPids),
	}
}

const (
	factor = 4 // of the most that was seen; production has more data and more clients than a test
	// Below these a limit protects nothing, and stands in the way of `docker exec`. Many
	// services start threads by the number of processors, of which a test has few.
	leastMemory = 128 << 20
	leastPids   = 200
)

// yaml is the value of `limits` of an entry.
func (h high) yaml(source string) string {
	return fmt.Sprintf("  limits:\n    memory: {idle: %s, load: %s, limit: %s}\n    pids: {idle: '%d', load: '%d', limit: '%d'}\n    source: %s\n",
		megabytes(h.idle), megabytes(h.load), megabytes(memoryLimit(h.load)), h.idlePids, h.loadPids, pidsLimit(h.loadPids), source)
}

// memoryLimit is factor times what was seen, as the next size that people write: a
// power of two of megabytes, or one and a half times that.
func memoryLimit(seen int64) int64 {
	want := max(seen*factor, leastMemory)
	for size := int64(leastMemory); ; size *= 2 {
		if size >= want {
			return size
		}
		if size*3/2 >= want {
			return size * 3 / 2
		}
	}
}

// pidsLimit is factor times what was seen, in hundreds.
func pidsLimit(seen int64) int64 {
	return max((seen*factor+99)/100*100, leastPids)
}

// megabytes is a size as compose writes it, rounded up.
func megabytes(n int64) string {
	return strconv.FormatInt((n+1<<20-1)>>20, 10) + "m"
}
