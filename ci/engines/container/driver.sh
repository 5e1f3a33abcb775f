# shellcheck shell=sh
# What runs the steps in a job's container: does what each line of its input says, and reports how that ended.
# It is the first thing that it reads itself, so that the job's list of processes does not show it. Before it stand
# _ci_folder, the folder of the runner's own files, _ci_mark, which is in no output, and _ci_after, "keep" where the
# container is to live on when the input has ended; behind it what is to be done at once, and `serve`.
umask 022
: "${_ci_folder:?}" "${_ci_mark:?}" "${_ci_after?}"
_ci_unwritten='' _ci_failing='' _ci_since='' _ci_seconds=''
# shellcheck disable=SC2034 # the lines of its input use it for a line break in a word
_ci_break='
'
mkdir -p "$_ci_folder/bin" && echo $$ >"$_ci_folder/driver" || exit 1
# A step is a process group of its own, so that it can be ended whole. Bash makes one for a child that it starts under
# `set -m`; it is waited for without that, or a step that is stopped would count as ended. Other shells do not without a
# terminal, and leave a child in the background deaf to SIGINT: there it is in the foreground, and made by what the image
# has for that.
_ci_jobs=${BASH_VERSION:-} _ci_setsid=''
[ -n "$_ci_jobs" ] || _ci_setsid=$(command -v setsid)
trap : TERM INT HUP # for everybody is not for this one; a step has them as they were
end() { # report a status, which process it is of or how many seconds it took, what it means: in one write, for others
  # may write here too
  printf '%s %s\n' "$_ci_mark" "$1"
}
put() { # FILE TEXT: a file for the step; one that is not whole, on a full disk, keeps the step from running
  printf %b "$2" >"$1" || {
    _ci_unwritten=unwritten
    [ -d "$_ci_folder" ] || _ci_unwritten=gone
  }
}
become() { # a child's part of a step
  trap - TERM INT HUP
  read -r _ci_pid _ci_rest </proc/self/stat # $$ is the parent's
  end "0 $_ci_pid begin"
  [ -z "$_ci_setsid" ] || echo "$_ci_pid" 2>/dev/null >"$_ci_folder/group"
  exec </dev/null 2>&1
  # shellcheck disable=SC1090
  . "$1"
  cd "$2" 2>/dev/null || { mkdir -p "$2" && cd "$2"; } || exit 1
  shift 2
  command -v "$1" >/dev/null || { echo "there is no $1 in the container" && exit 127; }
  exec ${_ci_setsid:+"$_ci_setsid"} "$@"
}
step() { # FILE FOLDER WORD...: run the words, with the environment that the file makes, in that folder
  [ -e "$1" ] || _ci_unwritten=${_ci_unwritten:-gone}
  if [ -n "$_ci_unwritten" ]; then
    mkdir -p "$_ci_folder/bin"
    end "1 - $_ci_unwritten"
    _ci_unwritten='' _ci_status=1 _ci_word=unwritten
    return
  fi
  if [ -n "$_ci_jobs" ]; then
    set -m
    become "$@" &
    _ci_pid=$!
    set +m
    while
      wait "$_ci_pid"
      _ci_status=$?
      [ "$_ci_status" -gt 128 ] && kill -0 "$_ci_pid" 2>/dev/null # a signal was for this one
    do :; done
  else
    (become "$@")
    _ci_status=$?
    _ci_pid=''
    [ -z "$_ci_setsid" ] || read -r _ci_pid 2>/dev/null <"$_ci_folder/group"
  fi
  # What it leaves in its group is hung up, as by the terminal that a step of CircleCI's has.
  if [ -n "$_ci_pid" ] && kill -HUP "-$_ci_pid"; then kill -CONT "-$_ci_pid"; fi 2>/dev/null
  _ci_word=end
  if [ -e "$_ci_folder/halt" ]; then _ci_word=halt; fi
  [ -z "$_ci_since" ] || _ci_seconds=$(($(date +%s) - _ci_since))
  end "$_ci_status ${_ci_seconds:--} $_ci_word"
}
ahead() { # WHEN RERUNS DELAY FILE FOLDER WORD...: a step that was sent before its turn: run it, if it is due then
  case $1$_ci_failing in
    always* | on_success | on_failyes) _ci_due=yes ;;
    *) _ci_due='' ;;
  esac
  if [ -z "$_ci_due" ] || [ -e "$_ci_folder/halt" ]; then
    _ci_unwritten=''
    end '0 - passed'
    return
  fi
  _ci_left=$2 _ci_delay=$3
  shift 3
  while
    rm -f "$_ci_folder/failing" # made by who has ended a step for its silence, whatever status it has then
    _ci_since=$(date +%s)
    step "$@"
    _ci_since='' _ci_seconds=''
    [ ! -e "$_ci_folder/failing" ] || _ci_status=1
    [ "$_ci_status" -ne 0 ] && [ "$_ci_left" -gt 0 ] && [ "$_ci_word" = end ]
  do
    _ci_left=$((_ci_left - 1))
    sleep "$_ci_delay"
  done
  [ "$_ci_status" -eq 0 ] || _ci_failing=yes
}
show() { # FILE: a terminal's; what is written from now on, here and by the steps, goes there
  if { true 1<>"$1"; } 2>/dev/null; then
    end '0 - shown' # still where it was read until now
    exec 1<>"$1"
  else
    end '1 - shown'
  fi
}
serve() {
  [ -z "$_ci_unwritten" ] || exit 1
  if [ -e "$_ci_folder/bin/circleci" ]; then chmod 755 "$_ci_folder"/bin/* || exit 1; fi
  end '0 - ready'
  while IFS= read -r _ci_line; do eval "$_ci_line"; done
  if [ "$_ci_after" = keep ]; then
    kill -9 -1
    while :; do sleep 3600; done
  fi
}
