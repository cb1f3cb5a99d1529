/** What shells load to complete our words: each asks us, so that nothing in them grows old. Pure. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** `mctpkit completion --words -- <words so far> <word begun>` prints candidates, a line each: word, tab, meaning. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

const BASH = `# bash completion of mctpkit: eval "$(mctpkit completion bash)", or into ~/.local/share/bash-completion/completions/mctpkit
_mctpkit() {
  local line cur=\${COMP_LINE:0:COMP_POINT}
  local words=()
  read -ra words <<<"$cur"
  [[ $cur == *[[:space:]] ]] && words+=("")
  local begun=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  while IFS=$'\\t' read -r line _; do
    [[ $line == "$begun"* ]] && COMPREPLY+=("$line")
  done < <("\${words[0]}" completion --words -- "\${words[@]:1}" 2>/dev/null)
  # Bash breaks words at colons: links would be doubled.
  if [[ $begun == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local prefix=\${begun%"\${begun##*:}"} i
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$prefix"}; done
  fi
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  elif [[ \${COMPREPLY[0]} == *[/=:] ]]; then
    compopt -o nospace
  fi
}
complete -F _mctpkit mctpkit`;

const ZSH = `#compdef mctpkit
# zsh completion of mctpkit: mctpkit completion zsh > ~/.zfunc/_mctpkit, with ~/.zfunc in fpath before compinit
_mctpkit() {
  local -a candidates
  local line
  while IFS=$'\\t' read -r line meaning; do
    candidates+=("\${line//:/\\\\:}\${meaning:+:$meaning}")
  done < <("\${words[1]}" completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then
    _describe mctpkit candidates
  else
    _files
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _mctpkit "$@"; else compdef _mctpkit mctpkit; fi`;

const FISH = `# fish completion of mctpkit: mctpkit completion fish > ~/.config/fish/completions/mctpkit.fish
function __mctpkit_words
    set -l words (commandline -opc)
    $words[1] completion --words -- $words[2..] (commandline -ct) 2>/dev/null
end
complete -c mctpkit -f -n '__mctpkit_words | string length -q' -a '(__mctpkit_words)'
complete -c mctpkit -F -n 'not __mctpkit_words | string length -q'`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
