package service

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// The figures for services of which nothing is known, those that apps of TrueNAS have by
// default, and the step that memory is rounded up to.
const (
	unknownMemory = 4 << 30
	unknownPIDs   = 1024
	fewestPIDs    = 512       // a server starts threads by the cores that it sees
	leastMemory   = 512 << 20 // of what was observed: the run was most likely a small one
	step          = 64 << 20
	pidStep       = 64
	generous      = 4 // times what was seen
)

// wantedLimits weighs what is known of the service's use. The project's policy comes
// first, then what was observed, measured of the image, of its class, and last a judgement.
func wantedLimits(p *transform.ServicePass) limits {
	known := profile(p)
	memory, pids, f := measuredUse(p, known)
	l := limits{memory: f, pids: f, cpus: figure{"1", transform.Assumed, []string{"one processor is a judgement: nobody measured how much it uses"}}}
	if known != nil && known.DataStore {
		l.cpus = figure{} // on a large host, one processor of many would be an outage
	}
	if seen := observed(p, transform.ObservedMemory, bytesOf); seen > 0 {
		memory, l.memory = max(generous*seen, leastMemory), figure{"", transform.Guarded, []string{"observed: " + amount(roundUp(seen, 1<<20)) + " of memory at most"}}
	}
	if seen := observed(p, transform.ObservedPIDs, countOf); seen > 0 {
		pids, l.pids = generous*seen, figure{"", transform.Guarded, []string{fmt.Sprintf("observed: %d processes at most", seen)}}
	}
	memory = l.raise(p, memory)
	l.memory.value = amount(roundUp(memory, step))
	l.pids.value = strconv.FormatInt(max(roundUp(pids, pidStep), fewestPIDs), 10)
	l.byPolicy(p)
	return l
}

// byPolicy puts the project's own limits in place of what was weighed.
func (l *limits) byPolicy(p *transform.ServicePass) {
	policy, ok := p.Options.Limits[p.Service.Name]
	if !ok {
		policy = p.Options.Limits[""]
	}
	pids := ""
	if policy.PIDs > 0 {
		pids = strconv.Itoa(policy.PIDs)
	}
	for _, x := range []struct {
		figure *figure
		value  string
	}{{&l.memory, policy.Memory}, {&l.pids, pids}, {&l.cpus, policy.CPUs}} {
		if x.value != "" {
			l.policy = true
			*x.figure = figure{x.value, transform.Guarded, []string{"the project's own policy"}}
		}
	}
}

// measuredUse is the memory and the processes that the service may use, before its
// settings are looked at, and what that rests on.
func measuredUse(p *transform.ServicePass, known *knowledge.Service) (memory, pids int64, f figure) {
	class := classOf(p, known)
	memory, pids = unknownMemory, unknownPIDs
	if class != nil {
		memory, pids = bytesOf(class.Memory), int64(class.PIDs)
	}
	f.safety = transform.Guarded
	switch {
	case known != nil && known.Limits != nil:
		m := known.Limits
		how, _, _ := strings.Cut(m.Source, "; ") // and the command that measures
		f.evidence = []string{fmt.Sprintf("%s used %s and %s processes: %s", known.Image, cmp.Or(m.Memory.Load, m.Memory.Idle), cmp.Or(m.PIDs.Load, m.PIDs.Idle), how)}
		if class == nil {
			memory, pids = 0, 0
		} // else what people give to its class stays the least: a test's load is a small one
		memory, pids = max(memory, bytesOf(m.Memory.Limit), bytesOf(m.Minimum)), max(pids, countOf(m.PIDs.Limit))
	case class == nil:
		f.weaken("nothing is known of how much it uses")
	case class.High == nil || known == nil:
		f.weaken("a judgement for services of its class (" + class.Name + "): nobody measured this one")
	default:
		f.evidence = []string{fmt.Sprintf("its class (%s) used %s and %d processes at most: %s", class.Name, class.High.Memory, class.High.PIDs, class.High.Of)}
	}
	if class != nil && class.Grows {
		f.weaken("it keeps its data in memory: how much that is, nobody knows here")
	}
	return memory, pids, f
}

// weaken lowers the promise, and says why.
func (f *figure) weaken(why string) {
	f.safety, f.evidence = transform.Assumed, append(slices.Clone(f.evidence), why)
}

// classOf is the class of what the service runs.
func classOf(p *transform.ServicePass, known *knowledge.Service) *knowledge.LimitClass {
	image, kind, language := p.Service.Image(), "", ""
	if p.Image != nil {
		image, language = p.Image.Base, p.Image.Language
	} else if b := knowledge.LookupBase(image); b != nil {
		language = b.Language
	}
	if known != nil {
		kind = known.Kind
	}
	return knowledge.LimitClassOf(image, kind, language)
}

// observed is the most that was seen of a kind, 0 when nothing was.
func observed(p *transform.ServicePass, kind transform.ObservationKind, read func(string) int64) (most int64) {
	for _, o := range p.Observations(kind) {
		most = max(most, read(o.Value))
	}
	return most
}

// bytesOf and countOf are 0 for what is no amount.
func bytesOf(text string) int64 {
	n, _ := knowledge.Bytes(text)
	return n
}

func countOf(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// raise makes room for what the service's own settings take: its heap, what it reserves,
// and the memory that a tmpfs and /dev/shm hold.
func (l *limits) raise(p *transform.ServicePass, memory int64) int64 {
	var heap, reserved int64
	for _, s := range p.Views() {
		env := map[string]string{}
		for _, v := range s.Environment() {
			env[v.Name] = v.Value
		}
		command := strings.Join(append(words(s.Entrypoint()), words(s.Command())...), " ")
		heap = max(heap, knowledge.Heap(command, env))
		for _, text := range []string{s.Text("mem_reservation"), s.Text("deploy", "resources", "reservations", "memory")} {
			n, ok := knowledge.Bytes(text)
			if !ok && text != "" {
				l.memory.weaken("it reserves " + text + " of memory, which no limit may be below")
			}
			reserved = max(reserved, n)
		}
	}
	if need := heap + heap/2 + 256<<20; heap > 0 && need > memory {
		memory = need
		l.memory.evidence = append(slices.Clone(l.memory.evidence), "its settings give it "+amount(heap)+", and it needs more beside")
	}
	memory = max(memory, 2*reserved)
	if files := volatile(p); files > memory/16 { // less is within what the limit leaves free
		memory += files
	}
	return memory
}

// volatile is the memory that the service's file systems in memory can hold.
func volatile(p *transform.ServicePass) int64 {
	var total int64
	add := func(size string) {
		total += bytesOf(size)
	}
	add(p.Service.Text("shm_size"))
	for _, t := range p.Service.Tmpfs() {
		for option := range strings.SplitSeq(t.Options, ",") {
			if size, ok := strings.CutPrefix(option, "size="); ok {
				add(size)
			}
		}
	}
	if p.Service.True("read_only") {
		return total
	}
	if r := transform.ServiceShared(p, "rootfs", planRootfs); r.refused == nil && p.Applied(readOnlyRootfs.ID, r.safety) {
		for _, s := range r.scratch {
			add(s.size)
		}
	}
	return total
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }
