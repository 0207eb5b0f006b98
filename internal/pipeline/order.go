package pipeline

import (
	"context"
	"iter"
	"sync"
)

// ordered calls do for every item, jobs at a time, and yields the results in the
// order of the items. No more than a few results per job wait to be yielded, so
// that memory does not grow with the number of items. It ends early when the
// context is done or the consumer stops; then it waits for what is under way.
func ordered[In, Out any](ctx context.Context, items []In, jobs int, do func(In) Out) iter.Seq[Out] {
	jobs = max(1, min(jobs, len(items)))
	return func(yield func(Out) bool) {
		if jobs == 1 {
			for _, item := range items {
				if ctx.Err() != nil || !yield(do(item)) {
					return
				}
			}
			return
		}
		type task struct {
			item In
			done chan Out
		}
		var workers sync.WaitGroup
		ctx, cancel := context.WithCancel(ctx)
		tasks := make(chan task)
		waiting := make(chan chan Out, 2*jobs)
		defer func() {
			cancel()
			workers.Wait()
		}()
		workers.Go(func() {
			defer close(waiting)
			defer close(tasks)
			for _, item := range items {
				t := task{item, make(chan Out, 1)}
				select {
				case waiting <- t.done:
				case <-ctx.Done():
					return
				}
				tasks <- t // the workers take all there is, so this does not wait for long
			}
		})
		for range jobs {
			workers.Go(func() {
				for t := range tasks {
					t.done <- do(t.item)
				}
			})
		}
		for done := range waiting {
			if !yield(<-done) {
				return
			}
		}
	}
}
