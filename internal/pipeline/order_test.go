package pipeline

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestOrdered(t *testing.T) {
	items := make([]int, 200)
	for i := range items {
		items[i] = i
	}
	for _, jobs := range []int{1, 2, 7, 500} {
		var got []int
		for n := range ordered(context.Background(), items, jobs, func(i int) int {
			time.Sleep(time.Duration(i%3) * time.Millisecond / 4)
			return i
		}) {
			got = append(got, n)
		}
		if !slices.Equal(got, items) {
			t.Errorf("%d jobs: %v", jobs, got)
		}
	}
	for range ordered(context.Background(), nil, 4, func(i int) int { return i }) {
		t.Error("a result out of nothing")
	}
}

// TestOrderedWindow: while the consumer is slow, work stops soon.
func TestOrderedWindow(t *testing.T) {
	const jobs = 3
	var started atomic.Int32
	first := true
	for range ordered(context.Background(), make([]int, 1000), jobs, func(int) int { started.Add(1); return 0 }) {
		if first {
			first = false
			time.Sleep(20 * time.Millisecond)
			if n := started.Load(); n > 4*jobs {
				t.Errorf("%d items were worked on before the second result was asked for", n)
			}
		}
	}
	if started.Load() != 1000 {
		t.Errorf("%d of 1000 items", started.Load())
	}
}

func TestOrderedStops(t *testing.T) {
	var started atomic.Int32
	for range ordered(context.Background(), make([]int, 1000), 4, func(int) int { started.Add(1); return 0 }) {
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for range ordered(ctx, make([]int, 1000), 4, func(int) int { started.Add(1); return 0 }) {
		n++
		cancel()
	}
	if s := started.Load(); s > 100 {
		t.Errorf("%d items were worked on after the end", s)
	}
	if n > 20 {
		t.Errorf("%d results behind the end", n)
	}
}
