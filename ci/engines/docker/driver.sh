# shellcheck shell=sh
# A long-lived process in a job's container: takes one line of shell at a time, and does what it says.
# $1 folder of the runner's own files, $2 what no output contains
_ci_folder=$1 _ci_mark=$2
umask 022
mkdir -p "$_ci_folder" || exit 1
# A step is a process group of its own where the image has what makes one.
if command -v setsid >/dev/null 2>&1; then _ci_group=setsid; else _ci_group=; fi
step() { # FILE FOLDER WORD...: run the words with the environment that the file makes, in that folder; tell the status
  (
    # shellcheck disable=SC1090
    . "$1"
    cd "$2" 2>/dev/null || { mkdir -p "$2" && cd "$2"; } || exit 1
    shift 2
    exec $_ci_group "$@"
  ) </dev/null 2>&1 &
  _ci_pid=$!
  echo "$_ci_pid" >"$_ci_folder/pid"
  wait "$_ci_pid"
  _ci_status=$?
  if [ -e "$_ci_folder/halt" ]; then _ci_status="$_ci_status halt"; fi
  end "$_ci_status"
}
end() { # tell a status, and what else there is to know
  printf '\n%s %s\n' "$_ci_mark" "$1"
}
end 0
while IFS= read -r _ci_line; do eval "$_ci_line"; done
