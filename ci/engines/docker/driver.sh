# The long-lived process in a job's container: takes one line of shell at a time, and does what it says.
# $1 folder of the runner's own files, $2 what no output contains
T=$1 N=$2
umask 022
mkdir -p "$T" || exit 1
if command -v setsid >/dev/null 2>&1; then G=setsid; else G=; fi
step() { # run the wrapper $1 as a process group of its own; tell its status
  $G sh "$T/$1" </dev/null 2>&1 &
  p=$!
  echo "$p" >"$T/pid"
  wait "$p"
  end "$?"
}
end() { printf '\n%s %s\n' "$N" "$1"; }
end 0
while IFS= read -r line; do eval "$line"; done
