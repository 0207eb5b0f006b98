package transform

import (
	"errors"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// batch applies proposals together and finds those that the gate refuses. T is what
// applying gives.
type batch[T any] struct {
	try func(units [][]*Finding) (T, error)
	// dropped is told of each finding whose fix fails by itself.
	dropped func(f *Finding, err error)
	// deferred is true when a fix only wants the place of another one: it stays
	// proposed, for the round that sees the text that the others made.
	deferred bool
}

// apply takes all units as one; when the gate does not let them through, it looks for
// those that fail by halves. It gives the result of those that passed, none when ok is false.
func (b *batch[T]) apply(units [][]*Finding) (result T, ok bool) {
	if len(units) == 0 {
		return result, false
	}
	result, err := b.try(units)
	if err == nil {
		applied(units)
		return result, true
	}
	good := b.passing(nil, units)
	if len(good) == 0 {
		return result, false
	}
	if result, err = b.try(good); err != nil {
		return result, false
	}
	applied(good)
	return result, true
}

func applied(units [][]*Finding) {
	for _, u := range units {
		for _, f := range u {
			f.Outcome = Applied
		}
	}
}

// passing gives good and those of units that the gate lets through together with
// it. What fails alone is dropped, or put off when it only wants bytes that
// another fix wants too.
func (b *batch[T]) passing(good, units [][]*Finding) [][]*Finding {
	all := slices.Concat(good, units)
	_, err := b.try(all)
	switch {
	case err == nil:
		return all
	case len(units) > 1:
		half := len(units) / 2
		return b.passing(b.passing(good, units[:half]), units[half:])
	case errors.Is(err, parser.ErrOverlap) || len(good) > 0 && b.alone(units):
		b.deferred = true
	default:
		for _, f := range units[0] {
			f.Outcome, f.Reason, f.Detail = Refused, ReasonGate.Code, err.Error()
			b.dropped(f, err)
		}
	}
	return good
}

// alone reports whether units pass without others.
func (b *batch[T]) alone(units [][]*Finding) bool {
	_, err := b.try(units)
	return err == nil
}
