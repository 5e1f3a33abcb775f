# shellcheck shell=sh
# Waits for its turn, then does what each line says, until one says which step to become. See driver.sh.
# $1 folder of the runner's own files, $2 what no output contains, $3 whose worker it is, $4 its number
_ci_folder=$1 _ci_mark=$2 _ci_driver=$3 _ci_number=$4 _ci_turn='' _ci_unwritten=''
put() { # FILE TEXT: a file for the step; one that is not whole, on a full disk, keeps the step from running
  printf %b "$2" >"$1" || _ci_unwritten=1
}
step() { # FILE FOLDER WORD...: become the words, with the environment that the file makes, in that folder
  if [ -n "$_ci_unwritten" ]; then
    _ci_unwritten=
    end '1 - unwritten'
    return
  fi
  end "0 $$ begin" # tells an end before it from the end of the step
  exec </dev/null 2>&1
  # shellcheck disable=SC1090
  . "$1"
  cd "$2" 2>/dev/null || { mkdir -p "$2" && cd "$2"; } || exit 1
  shift 2
  exec "$@"
}
end() { # tell a status, which process it is of, what it means
  printf '\n%s %s\n' "$_ci_mark" "$1"
}
exec 4<"$_ci_folder/turn.$_ci_driver.$((_ci_number % 2))"
until [ "$_ci_turn" = "$_ci_number" ]; do read -r _ci_turn <&4 || exit; done
exec 4<&-
while IFS= read -r _ci_line; do eval "$_ci_line"; done
: >"$_ci_folder/over.$_ci_driver"
