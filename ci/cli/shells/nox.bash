# Behind nox's own `--`: the options of the session. Before it: what nox's own completion says, if it was loaded earlier.
__nox_circleci_before=$(complete -p nox 2>/dev/null | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
[[ $__nox_circleci_before == __nox_circleci_nox ]] && __nox_circleci_before=

__nox_circleci_program() {
  if [[ $1 == */* && -x ${1%/*}/nox-circleci ]]; then
    "${1%/*}/nox-circleci"
  elif command -v nox-circleci >/dev/null; then
    nox-circleci
  else
    PROGRAM_THAT_PRINTED_THIS
  fi 8>&1 9>&2 1>/dev/null 2>&1 </dev/null
}

__nox_circleci_nox() {
  local index behind=
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ ${COMP_WORDS[index]} == -- ]] && behind=1
  done
  if [[ -z $behind && -n $__nox_circleci_before ]]; then
    "$__nox_circleci_before" "$@"
    return
  fi
  local IFS=$'\013'
  # shellcheck disable=SC2207 # words are split by IFS alone
  COMPREPLY=($(IFS="$IFS" COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_TYPE="$COMP_TYPE" \
    _ARGCOMPLETE=1 _ARGCOMPLETE_COMP_WORDBREAKS="$COMP_WORDBREAKS" _ARGCOMPLETE_SHELL=bash \
    _ARGCOMPLETE_SUPPRESS_SPACE=1 _NOX_CIRCLECI_NOX=1 __nox_circleci_program "$1")) || unset COMPREPLY
  [[ ${COMPREPLY-} =~ [=/:]$ ]] && compopt -o nospace
}
complete -o default -F __nox_circleci_nox nox
