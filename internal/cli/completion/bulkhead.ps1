# Completion of bulkhead for PowerShell:  bulkhead completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName bulkhead -ScriptBlock {
	param($wordToComplete, $commandAst, $cursorPosition)
	$program = $commandAst.GetCommandName()
	$words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
	if ($wordToComplete -eq '') { $words += ' ' } # an empty word would not be handed over
	& $program __complete @words 2>$null | ForEach-Object {
		[System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
	}
}
