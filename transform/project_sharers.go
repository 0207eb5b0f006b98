package transform

import (
	"reflect"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// settleSharers looks at changes of services whose mapping others merge in, or that
// others extend. Where all of them are to get the same, one change is written and the
// others are covered by it; else it is refused.
func (h *projectHardener) settleSharers(findings []Finding) {
	for i := range findings {
		if f := &findings[i]; f.Outcome == Proposed && f.Fix != nil && !f.Fix.Each {
			h.settleSharersOf(findings, f)
		}
	}
}

func (h *projectHardener) settleSharersOf(findings []Finding, f *Finding) {
	left := map[*Finding][]compose.Change{}
	for _, sharer := range h.sharers(f) {
		extends := h.project.Service(sharer).Extends(h.project.Service(f.Service), topKey(f.Fix.Changes[0]))
		o := proposedFor(findings, f.Rule, sharer)
		if o != nil {
			var ok bool
			if left[o], ok = coveredBy(f.Fix.Changes, o.Fix.Changes, extends); ok {
				continue
			}
			f.Fix, h.deferred = nil, true // the sharer gets keys of its own first
			return
		}
		if extends && slices.ContainsFunc(findings, func(o Finding) bool { return o.Rule == f.Rule && o.Service == sharer && o.Outcome == Already }) {
			continue // the gate sees whether what it has besides makes a difference
		}
		how := "takes the setting over through the anchor"
		if extends {
			how = "extends it"
		}
		f.Outcome, f.Reason, f.Detail = Refused, ReasonShared.Code, sharer+" "+how+", and is not to get the same"
		return
	}
	for o, changes := range left {
		o.Fix.Changes = changes
		joinGroups(findings, f, o)
	}
}

// proposedFor is the proposal of a rule for a service, nil when there is none.
func proposedFor(findings []Finding, rule, service string) *Finding {
	for i := range findings {
		if f := &findings[i]; f.Rule == rule && f.Service == service && f.Outcome == Proposed && f.Fix != nil {
			return f
		}
	}
	return nil
}

// sharers names the services that a finding's changes reach.
func (h *projectHardener) sharers(f *Finding) []string {
	var out []string
	for _, c := range f.Fix.Changes {
		if c.Covered || c.Top != "" {
			continue
		}
		for _, s := range h.project.Sharers(h.project.Service(f.Service), topKey(c)) {
			if !slices.Contains(out, s.Name) {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

func topKey(c compose.Change) string {
	if len(c.Path) > 0 {
		return c.Path[0]
	}
	return c.Pairs[0].Key
}

// joinGroups makes two findings, and what goes together with either, one group.
func joinGroups(findings []Finding, f, o *Finding) {
	group, old := f.Fix.Group, o.Fix.Group
	if group == "" {
		group = "shared " + f.Rule + " " + f.Service
	}
	f.Fix.Group, o.Fix.Group = group, group
	for i := range findings {
		if other := findings[i].Fix; other != nil && old != "" && other.Group == old {
			other.Group = group
		}
	}
}

// coveredBy is what is left of a sharer's changes when the changes that reach it are
// written elsewhere; ok is false when it is not to get all of those. With more, it
// gets the rest itself.
func coveredBy(written, wanted []compose.Change, more bool) (left []compose.Change, ok bool) {
	left = slices.Clone(wanted)
	for _, w := range written {
		if w.Covered || w.Top != "" {
			continue
		}
		i := slices.IndexFunc(left, func(c compose.Change) bool { return !c.Covered && sameChange(w, c) })
		if i < 0 {
			return nil, false
		}
		left[i].Covered = true
	}
	return left, more || !slices.ContainsFunc(left, func(c compose.Change) bool { return !c.Covered })
}

// sameChange compares changes of two services.
func sameChange(a, b compose.Change) bool {
	a.Service, a.Covered = b.Service, b.Covered
	return reflect.DeepEqual(a, b)
}
