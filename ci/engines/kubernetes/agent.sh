# shellcheck shell=sh
# What a job's Pod runs beside the steps: sh FOLDER/agent.sh serve|follow|plain ...
#
# A connection to a Pod may break at any time, and what runs by `kubectl exec` ends with it. So a process of ours runs
# apart from it: what it writes lies in FOLDER/NAME as numbered frames until this program's user has them, and the lines
# for it have numbers too, so that each comes in once. `follow` is the connection's end in here, and can be had again.
folder=${0%/*}
# every container has these of the cluster's own API, and no job on CircleCI does
unset KUBERNETES_PORT KUBERNETES_PORT_443_TCP KUBERNETES_PORT_443_TCP_ADDR KUBERNETES_PORT_443_TCP_PORT \
  KUBERNETES_PORT_443_TCP_PROTO KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_SERVICE_PORT_HTTPS

serve() { # LIMIT WORD...: be the Pod's first process, beside a program if there are words, until nobody is heard
  echo "$1" >"$folder/limit"
  shift
  : >"$folder/alive"
  heard=$(date +%s) program=''
  trap 'exit 143' TERM INT
  if [ $# -gt 0 ]; then
    "$@" &
    program=$!
  fi
  : >"$folder/ready"
  while [ -z "$program" ] || kill -0 "$program" 2>/dev/null; do
    sleep 1 &
    wait $!
    now=$(date +%s)
    if [ -e "$folder/alive" ]; then
      rm -f "$folder/alive"
      heard=$now
    fi
    read -r limit 2>/dev/null <"$folder/limit" || limit=0 # a step has removed all that is ours
    [ $((now - heard)) -lt "$limit" ] || {
      true 2>/dev/null >"$folder-end/over" # the Pod's services look for that
      exit 75
    }
  done
  wait "$program"
}

limit() { # SECONDS [detached]: end without news after that time from now on; detached, nobody reads along either
  if [ $# -gt 1 ]; then : >"$folder/detached"; else rm -f "$folder/detached"; fi
  true >"$folder/alive"
  echo "$1" >"$folder/limit.new" && mv "$folder/limit.new" "$folder/limit"
}

plain() { # WORD...: become a process that has what every other has
  exec "$@"
}

begin() { # WORD...: start a process in $place once; what it writes is kept
  if ! mkdir "$place" 2>/dev/null; then
    until [ -e "$place/last" ]; do sleep 0.05; done
    return
  fi
  mkfifo "$place/input" "$place/notices"
  echo 0 >"$place/taken"
  echo 0 >"$place/seen"
  echo 0 >"$place/last"
  sh "$0" leave "$place" "$@" 2>/dev/null
}

leave() { # PLACE WORD...: have a process go on by itself
  place=$1
  shift
  # not by `&`, with which a shell without a terminal makes it deaf to SIGINT: an element of a pipeline is not
  # shellcheck disable=SC2216 # it reads nothing
  { run "$@"; } </dev/null >/dev/null 2>&1 | kill -9 $$
}

run() { # WORD...: run a process with $place/input, and keep what it writes
  exec 9<>"$place/notices"
  sh -c 'echo "$PPID"' >"$place/runner" # no shell of POSIX knows its own number here
  (
    exec 9>&- 8<>"$place/input" # held open, so that the input does not end with a connection
    "$@" <"$place/input" 8>&-
    echo $? >"$place/status"
  ) | keep
  true >"$place/ended"
  echo >&9
}

keep() { # write what comes as frames from number 1, and a notice for each
  number=1
  while dd bs=65536 count=1 of="$place/$number" 2>/dev/null && [ -s "$place/$number" ]; do
    echo "$number" >"$place/last"
    echo >&9
    [ ! -e "$folder/detached" ] || gather
    [ $((number % 64)) -ne 0 ] || hold_back
    number=$((number + 1))
  done
  rm -f "$place/$number"
}

gather() { # nobody reads along: let more come together for the next frame, unless much comes anyway
  size=$(wc -c <"$place/$number")
  [ "$size" -ge 4096 ] || sleep 0.5
}

hold_back() { # wait while there is much that nobody has seen: 64 MiB at most, or 1 GiB while nobody is to see it
  while read -r seen <"$place/seen" && [ $((number - ${seen:-number})) -ge 1024 ]; do
    [ ! -e "$folder/detached" ] || [ "$(du -sk "$place" | cut -f 1)" -ge 1048576 ] || return 0
    sleep 0.1
  done
}

follow() { # NAME NEXT WORD...: show the frames from that number on, of a process that is started if it was not yet
  place=$folder/$1 next=$2
  shift 2
  IFS= read -r token || exit 0
  begin "$@"
  supersede
  exec 3<&0 8<>"$place/input" 9<>"$place/notices"
  read -r taken <"$place/taken"
  ( # by exec: a function's own redirections would leave it the output open
    exec <&3 >/dev/null 2>&1 3<&-
    obey
  ) &
  echo "$$ $!" >"$place/followers"
  exec 3<&- 8>&-
  printf '%s %s hello\n' "$token" "$taken"
  notice=look
  while :; do
    ended=''
    if [ -e "$place/ended" ] || { [ "$notice" = look ] && killed; }; then
      ended=yes # found out before the last frame's number, so that none comes between
    fi
    show
    [ -z "$ended" ] || break
    [ "$notice" != look ] || printf '%s 0 heard\n' "$token"
    read -r notice <&9
  done
  status=''
  read -r status 2>/dev/null <"$place/status"
  printf '%s %s ended\n' "$token" "${status:-255}"
}

show() { # the frames that there are
  while read -r last <"$place/last" && [ "$next" -le "${last:-0}" ]; do
    cat "$place/$next" || exit 1
    printf '%s %s frame\n' "$token" "$next"
    next=$((next + 1))
  done
}

killed() { # whether what keeps the output was: a step may kill all that it can
  read -r runner 2>/dev/null <"$place/runner" && ! runs "$runner" && [ ! -e "$place/ended" ]
}

runs() { # PID: not one that has ended and waits to be asked for
  read -r _ _ state _ 2>/dev/null <"/proc/$1/stat" && [ "$state" != Z ]
}

supersede() { # end an earlier connection's processes, which may not know yet that it is broken
  read -r old obeying 2>/dev/null <"$place/followers" || return
  ! ours "$old" || kill -9 "$old" 2>/dev/null
  while ours "$obeying" && kill "$obeying" 2>/dev/null; do sleep 0.05; done # not in the middle of a line
}

ours() { # PID
  grep -qs "$folder/agent.sh" "/proc/$1/cmdline"
}

obey() { # what the connection says: that somebody is there, which frames have been seen, numbered lines of input
  while IFS= read -r line; do
    trap '' TERM
    case $line in
      alive)
        true >"$folder/alive"
        echo look >&9 # which is answered too
        ;;
      "seen "*) forget "${line#seen }" ;;
      "line "*) take "${line#line }" ;;
    esac
    trap - TERM
  done
}

forget() { # NUMBER: the frames up to that
  read -r old <"$place/seen"
  seen=''
  while [ "$old" -lt "$1" ]; do
    old=$((old + 1))
    seen="$seen $old"
  done
  # shellcheck disable=SC2086 # numbers
  (cd "$place" && rm -f $seen)
  echo "$1" >"$place/seen"
}

take() { # NUMBER LINE: a line of input, unless it has come before
  number=${1%% *}
  [ "$number" -gt "$taken" ] || return
  printf '%s\n' "${1#* }" >&8
  taken=$number
  echo "$number" >"$place/taken"
}

"$@"
