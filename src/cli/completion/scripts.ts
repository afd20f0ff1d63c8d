/**
 * Scripts by which shells ask for completions: `slash8 __complete SHELL ...` prints a line for each. They run on the bash 3.2
 * of macOS, too.
 */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The word in place of a command by which the scripts ask. */
export const askingWord = "__complete";

export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of slash8 in bash: slash8 completion bash >> ~/.bashrc
_slash8() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <("$1" ${askingWord} bash "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  # Behind a folder, a part of a path, or "=" more is to be typed.
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[./=] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _slash8 slash8
`,
  zsh: `#compdef slash8
# Completion of slash8 in zsh: slash8 completion zsh > ~/.zfunc/_slash8, with "fpath+=~/.zfunc" before compinit in ~/.zshrc;
# or slash8 completion zsh >> ~/.zshrc, behind compinit.
_slash8() {
  local line
  local -a closed open
  for line in "\${(@f)$("\${words[1]}" ${askingWord} zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    # Behind a folder, a part of a path, or "=" more is to be typed.
    if [[ \${line%%:*} == *[./=] ]]; then open+=("$line"); else closed+=("$line"); fi
  done
  (( \${#closed} )) && _describe slash8 closed
  (( \${#open} )) && _describe slash8 open -S ''
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then
  _slash8 "$@"
else
  compdef _slash8 slash8
fi
`,
  fish: `# Completion of slash8 in fish: slash8 completion fish > ~/.config/fish/completions/slash8.fish
function __slash8_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    $words[1] ${askingWord} fish $words[2..-1] "$current" 2>/dev/null
end
complete -c slash8 -f -a '(__slash8_complete)'
`,
};
