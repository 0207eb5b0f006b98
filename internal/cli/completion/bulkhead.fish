# Completion of bulkhead for fish:  bulkhead completion fish | source
function __bulkhead_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	$words[1] __complete $words[2..-1] "$current" 2>/dev/null
end
complete -c bulkhead -n 'count (__bulkhead_complete) >/dev/null' -f -a '(__bulkhead_complete)'
