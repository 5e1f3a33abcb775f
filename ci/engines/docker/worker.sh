# shellcheck shell=sh
# Waits for its turn, then does what each line says, until one says which step to become. See driver.sh.
# $1 folder of the runner's own files, $2 what no output contains, $3 whose worker it is
_ci_folder=$1 _ci_mark=$2 _ci_driver=$3
step() { # FILE FOLDER WORD...: become the words, with the environment that the file makes, in that folder
  exec </dev/null 2>&1
  # shellcheck disable=SC1090
  . "$1"
  cd "$2" 2>/dev/null || { mkdir -p "$2" && cd "$2"; } || exit 1
  shift 2
  exec "$@"
}
end() { # tell the status of what was no step
  printf '\n%s %s\n' "$_ci_mark" "$1"
}
: <"$_ci_folder/turn.$_ci_driver"
while IFS= read -r _ci_line; do eval "$_ci_line"; done
: >"$_ci_folder/over.$_ci_driver"
