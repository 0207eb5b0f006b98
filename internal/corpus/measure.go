package main

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// cost is what the pipeline takes, without any of the checks of this command.
type cost struct {
	BareMillis    float64 `json:"buildkit_cpu_ms"` // CPU time of BuildKit's parsers over all files, once
	ParseMillis   float64 `json:"parse_cpu_ms"`    // of our parser alone
	HardenMillis  float64 `json:"harden_cpu_ms"`   // of our parser and all rules at level standard
	Ratio         float64 `json:"ratio"`           // HardenMillis to BareMillis
	Jobs          int     `json:"jobs"`
	PerSecond     float64 `json:"files_per_second_one_job"`
	PerSecondJobs float64 `json:"files_per_second_all_jobs"`
}

// repetitions of each measurement; the median counts.
const repetitions = 5

// measure times a bare BuildKit parse, our parse and the whole pipeline over the
// same files in memory. The three take turns, so that what the machine does
// besides falls on all of them; the CPU time is that of the process, garbage
// collection included.
func measure(paths []string, jobs int) *cost {
	var files []file
	for _, p := range paths {
		if f, err := load(p); err == nil {
			files = append(files, f)
		}
	}
	each := func(do func(file)) func() {
		return func() {
			for _, f := range files {
				do(f)
			}
		}
	}
	harden := func(f file) { _, _ = f.harden(transform.LevelStandard, f.text) }
	tasks := []func(){each(bare), each(func(f file) { _, _ = f.parse(f.text) }), each(harden)}
	times := make([][]float64, len(tasks))
	tasks[2]() // once to warm up: knowledge is loaded when it is asked for
	for range repetitions {
		for i, task := range tasks {
			runtime.GC()
			start := cpu()
			task()
			times[i] = append(times[i], float64(cpu()-start)/float64(time.Millisecond))
		}
	}
	c := &cost{BareMillis: median(times[0]), ParseMillis: median(times[1]), HardenMillis: median(times[2]), Jobs: jobs}
	c.Ratio = c.HardenMillis / c.BareMillis
	c.PerSecond = speed(files, 1, harden)
	c.PerSecondJobs = speed(files, jobs, harden)
	return c
}

// bare is what `docker build` does with a Dockerfile before it builds it.
func bare(f file) {
	result, err := bk.Parse(bytes.NewReader(f.text))
	if err != nil {
		return
	}
	_, _, _ = instructions.Parse(result.AST, linter.New(&linter.Config{SkipAll: true}))
}

// speed is the number of files per second of wall time.
func speed(files []file, jobs int, do func(file)) float64 {
	runtime.GC()
	start := time.Now()
	work := make(chan file)
	var wg sync.WaitGroup
	for range max(1, jobs) {
		wg.Go(func() {
			for f := range work {
				do(f)
			}
		})
	}
	for _, f := range files {
		work <- f
	}
	close(work)
	wg.Wait()
	return float64(len(files)) / time.Since(start).Seconds()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// cpu is the CPU time that this process has taken.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory is the most memory that this process ever held, in MiB. The kernel
// counts in KiB on Linux and in bytes on macOS.
func peakMemory() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(u.Maxrss) / (1 << 20)
	}
	return float64(u.Maxrss) / (1 << 10)
}
