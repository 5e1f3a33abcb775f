# shellcheck shell=sh
# What runs the steps in a job's container: it hands lines of shell from its input to a worker, and tells how each
# step ended. A worker becomes the step that it is told, so the next one is made while the step runs.
# $1 folder of the runner's own files, $2 what no output contains, $3 the worker's program,
# $4 "keep" where the container is to live on when the input has ended
_ci_folder=$1 _ci_mark=$2 _ci_after=$4
umask 022
mkdir -p "$_ci_folder" && mkfifo "$_ci_folder/turn.$$" && printf '%s\n' "$3" >"$_ci_folder/worker" || exit 1
# A step is a process group of its own where the image has what makes one.
if command -v setsid >/dev/null 2>&1; then _ci_group=setsid; else _ci_group=; fi
spawn() { # a worker, which waits for its turn
  $_ci_group sh "$_ci_folder/worker" "$_ci_folder" "$_ci_mark" $$ <&3 3<&- &
  _ci_worker=$!
}
exec 3<&0
spawn
_ci_status=0
until [ -e "$_ci_folder/over.$$" ]; do
  if [ -e "$_ci_folder/halt" ]; then _ci_status="$_ci_status halt"; fi
  printf '\n%s %s\n' "$_ci_mark" "$_ci_status"
  # The step may have ended more than itself; a process that has ended and is not waited for has no program.
  [ -e "/proc/$_ci_worker/exe" ] || spawn
  _ci_running=$_ci_worker
  echo "$_ci_running" >"$_ci_folder/pid"
  : >"$_ci_folder/turn.$$"
  spawn
  wait "$_ci_running"
  _ci_status=$?
done
kill "$_ci_worker"
if [ "$_ci_after" = keep ]; then
  kill -9 -1
  while :; do sleep 3600; done
fi
