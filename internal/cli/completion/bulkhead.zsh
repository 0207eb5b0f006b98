#compdef bulkhead
# Completion of bulkhead for zsh:  source <(bulkhead completion zsh)
# or as a file _bulkhead in a directory of fpath.
_bulkhead() {
	local -a found
	found=(${(f)"$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	if (( ${#found} )); then
		compadd -- "${found[@]}"
	else
		_files
	fi
}
if [ "${funcstack[1]}" = "_bulkhead" ]; then
	_bulkhead "$@"
else
	compdef _bulkhead bulkhead
fi
