# Completion of bulkhead for bash:  source <(bulkhead completion bash)
_bulkhead() {
	local IFS=$'\n'
	COMPREPLY=($("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _bulkhead bulkhead
