/** Each asks kbs itself what may stand at the cursor: the words it offers cannot fall behind the program. */
export const completionScripts: Readonly<Record<string, string>> = {
  bash: `# bash completion of kbs: source <(kbs completion bash)
_kbs() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = :files ]; then compopt -o default 2>/dev/null; return; fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(kbs __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kbs kbs
`,
  zsh: `#compdef kbs
# zsh completion of kbs: source <(kbs completion zsh), or save it as _kbs in a folder of $fpath
_kbs() {
  local line
  local -a offered
  while IFS= read -r line; do
    if [[ $line == :files ]]; then compset -P 1 '--*='; _files; return; fi
    offered+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(kbs __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe kbs offered
}
if [[ $funcstack[1] == _kbs ]]; then _kbs "$@"; else compdef _kbs kbs; fi
`,
  fish: `# fish completion of kbs: kbs completion fish | source
function __kbs_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l offered (kbs __complete $words[2..-1] "$current" 2>/dev/null)
  if test "$offered[1]" = :files
    set -l flag (string match -r -- '^--[^=]+=' "$current")
    set -l value (string replace -r -- '^--[^=]+=' '' "$current")
    for path in (__fish_complete_path "$value")
      printf '%s%s\\n' "$flag" "$path"
    end
  else
    printf '%s\\n' $offered
  end
end
complete -c kbs -f -a '(__kbs_complete)'
`,
};
