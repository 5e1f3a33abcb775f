# Behind nox's own `--`: the options of the session. Before it: what nox's own completion says, if it was loaded earlier.
__nox_circleci_before=${_comps[nox]-}
[[ $__nox_circleci_before == __nox_circleci_nox ]] && __nox_circleci_before=

__nox_circleci_program() {
  if [[ $1 == */* && -x ${1%/*}/nox-circleci ]]; then
    "${1%/*}/nox-circleci"
  elif (( $+commands[nox-circleci] )); then
    nox-circleci
  else
    PROGRAM_THAT_PRINTED_THIS
  fi 8>&1 9>&2 1>/dev/null 2>&1 </dev/null
}

__nox_circleci_nox() {
  if (( ${words[(i)--]} >= CURRENT )) && [[ -n $__nox_circleci_before ]]; then
    $__nox_circleci_before "$@"
    return
  fi
  local IFS=$'\013'
  local completions
  completions=($(IFS="$IFS" COMP_LINE="$BUFFER" COMP_POINT="$CURSOR" _ARGCOMPLETE=1 _ARGCOMPLETE_SHELL=zsh \
    _ARGCOMPLETE_SUPPRESS_SPACE=1 _NOX_CIRCLECI_NOX=1 __nox_circleci_program "${words[1]}"))
  local nospace=()
  [[ "${completions-}" =~ ([^\\\\]): && "${match[1]}" =~ [=/:] ]] && nospace=(-S '')
  _describe nox completions -o nosort "${nospace[@]}"
}
compdef __nox_circleci_nox nox
