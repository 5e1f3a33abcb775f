# shellcheck shell=sh
# What runs the steps in a job's container: it hands lines of shell from its input to a worker, and tells how each
# step ended. A worker becomes the step that it is told, so the next one is made while the step runs.
# $1 folder of the runner's own files, $2 what no output contains, $3 the worker's program,
# $4 "keep" where the container is to live on when the input has ended
_ci_folder=$1 _ci_mark=$2 _ci_after=$4
umask 022
mkdir -p "$_ci_folder" && mkfifo "$_ci_folder/turn.$$.0" "$_ci_folder/turn.$$.1" &&
  printf '%s\n' "$3" >"$_ci_folder/worker" && echo $$ >"$_ci_folder/driver" || exit 1
# A step is a process group of its own where the image has what makes one.
if command -v setsid >/dev/null 2>&1; then _ci_group=setsid; else _ci_group=; fi
# Workers take turns by number. Two wait at most, each at a pipe of its own, which is open so that nobody waits for
# one that has been killed; the turn that such a one did not take is not the next one's, which has another number.
exec 3<&0 4<>"$_ci_folder/turn.$$.0" 5<>"$_ci_folder/turn.$$.1"
_ci_number=0
spawn() { # a worker, which waits for its turn
  _ci_number=$((_ci_number + 1))
  $_ci_group sh "$_ci_folder/worker" "$_ci_folder" "$_ci_mark" $$ "$_ci_number" <&3 3<&- 4<&- 5<&- &
  _ci_worker=$!
}
spawn
_ci_told='0 - ready'
until [ -e "$_ci_folder/over.$$" ]; do
  printf '\n%s %s\n' "$_ci_mark" "$_ci_told"
  _ci_running=$_ci_worker
  case $((_ci_number % 2)) in 0) echo "$_ci_number" >&4 ;; *) echo "$_ci_number" >&5 ;; esac
  spawn
  wait "$_ci_running"
  _ci_told="$? - end"
  if [ -e "$_ci_folder/halt" ]; then _ci_told="${_ci_told% end} halt"; fi
done
kill "$_ci_worker"
if [ "$_ci_after" = keep ]; then
  kill -9 -1
  while :; do sleep 3600; done
fi
