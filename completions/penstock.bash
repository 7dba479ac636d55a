# bash completion of penstock. In ~/.bashrc:  source <(penstock completion bash)

_penstock() {
  # What stands between the command's name and the cursor. Bash hands the words over as they were typed.
  local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  words=("${words[@]/#\~\//$HOME/}")
  words=("${words[@]#[\"\']}")
  words=("${words[@]%[\"\']}")
  local command=${COMP_WORDS[0]/#\~\//$HOME/}
  local current=${COMP_WORDS[COMP_CWORD]}
  [[ $current == = ]] && current=

  local kind word description
  COMPREPLY=()
  {
    read -r kind
    while IFS=$'\t' read -r word description; do
      printf -v word %q "$word"
      COMPREPLY+=("$word")
    done
  } < <("$command" __complete "${words[@]}" 2>/dev/null)

  case $kind in
    files)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
    directories)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
  esac
}

complete -F _penstock penstock
