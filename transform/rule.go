package transform

// Rule is one thing that can be done to a file.
type Rule struct {
	ID    string
	Title string // a sentence without a full stop: what the rule does
	// Doc is the rule's page: what it does, why, what it refuses. Markdown.
	Doc      string
	Safety   Safety // the strongest promise that its fixes make
	Controls []Control
	Reasons  []Reason // every reason for which it refuses
	// Reshapes says that the rule changes which stages there are. Such rules see the file
	// first and by themselves; all others see what became of it.
	Reshapes bool
	// Check looks at a Dockerfile, CheckService at a service of a compose project: a
	// rule has one of them.
	Check        func(*Pass) []Finding
	CheckService func(*ServicePass) []Finding
}

// Beyond reports whether the rule can only look at a level: the best promise that its fixes
// make is less than the level asks for. What only a person can do is beyond none.
func (r *Rule) Beyond(l Level) bool { return r.Safety != Manual && !l.Allows(r.Safety) }

// Control is an entry of a security framework that the rule serves.
type Control struct{ Framework, ID, Title string }

// Reason is why a rule refuses. Codes are stable: users count and filter them.
type Reason struct {
	Code string // lower-case words with dashes
	Text string // one sentence for the rule's page
}

// ReasonGate is the refusal of a fix that changed more than it declared.
var ReasonGate = Reason{"gate", "the result would have changed more than the fix declares; the fix was dropped"}

// ReasonShared is the refusal of a change that would reach other services, through an
// anchor or because they extend the service.
var ReasonShared = Reason{"shared-setting", "other services take the setting over, through a YAML anchor or by extends, and are not to get it"}

// ReasonGroup is the refusal of a fix whose companions could not be applied.
var ReasonGroup = Reason{"needs-companion", "it is only right together with another fix that was not applied"}

// ReasonWindows is the refusal of every change of a service that runs in a Windows container.
var ReasonWindows = Reason{"windows-container", "a Windows container: its engine refuses capabilities, security options and a read-only root filesystem"}
