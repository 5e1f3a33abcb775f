#!/bin/sh
# The `circleci` command of a local job: what steps call of it works on files and marks of this job alone.
set -u
LC_ALL=C
export LC_ALL
data=${CIRCLE_INTERNAL_TASK_DATA:-}

die() {
  printf 'Error: %s\n' "$1" >&2
  exit "${2:-1}"
}

usage() {
  cat <<'TEXT'
The circleci command of a local job:
  circleci tests glob PATTERN...
  circleci tests split [FILE] [--split-by=name|filesize|timings] [--timings-type=KIND] [--index=N] [--total=N]
                       [--time-default=10s] [--timings-file=FILE] [--show-counts]
  circleci tests run --command="xargs ..." [the options of split] [--verbose]
  circleci step halt
  circleci task halt
  circleci env subst [TEXT]
  circleci version
TEXT
}

# --- tests glob: Go's doublestar patterns, braces opened first

braces() { # each of the arguments with its {a,b} opened, a line each
  for pattern in "$@"; do printf '%s\n' "$pattern"; done | awk '
    function expand(text,   depth, i, c, open, close_at, count, parts, part, k) {
      open = 0; depth = 0; close_at = 0; count = 0; part = ""
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\") { if (depth) part = part c substr(text, i + 1, 1); i++; continue }
        if (c == "{") { depth++; if (depth == 1) { open = i; part = ""; continue } }
        if (c == "}" && depth) { depth--; if (!depth) { parts[++count] = part; close_at = i; break } }
        if (c == "," && depth == 1) { parts[++count] = part; part = ""; continue }
        if (depth) part = part c
      }
      if (!close_at) { print text; return }
      for (k = 1; k <= count; k++) expand(substr(text, 1, open - 1) parts[k] substr(text, close_at + 1))
    }
    { expand($0) }'
}

glob_one() { # the files that match one pattern without braces
  start=$(printf '%s\n' "$1" | awk '{ sub(/[*?[\\].*$/, ""); if (!sub(/[^\/]*$/, "")) $0 = ""; print }')
  [ -n "$start" ] || start=./
  [ -d "$start" ] || return 0
  find "$start" ! -type d 2>/dev/null | CIRCLECI_PATTERN=$1 awk '
    function escape(c) { return c ~ /[A-Za-z0-9_\/ ]/ ? c : (c == "^" ? "\\^" : "[" c "]") }
    BEGIN {
      pattern = ENVIRON["CIRCLECI_PATTERN"]; sub(/^\.\//, "", pattern); regex = ""
      for (i = 1; i <= length(pattern); i++) {
        c = substr(pattern, i, 1)
        if (substr(pattern, i, 3) == "**/") { regex = regex "(.*/)?"; i += 2 }
        else if (substr(pattern, i, 2) == "**") { regex = regex ".*"; i++ }
        else if (c == "*") regex = regex "[^/]*"
        else if (c == "?") regex = regex "[^/]"
        else if (c == "[" && (stop = index(substr(pattern, i + 2), "]"))) {
          set = substr(pattern, i + 1, stop); sub(/^!/, "^", set)
          regex = regex "[" set "]"; i += stop + 1
        }
        else if (c == "\\") regex = regex escape(substr(pattern, ++i, 1))
        else regex = regex escape(c)
      }
      regex = "^" regex "$"
    }
    { sub(/^\.\//, ""); if ($0 ~ regex) print }'
}

tests_glob() {
  [ $# -gt 0 ] || die "tests glob needs a pattern" 2
  braces "$@" | while IFS= read -r pattern; do glob_one "$pattern" | sort; done | awk '!seen[$0]++'
}

# --- tests split and tests run

index=${CIRCLE_NODE_INDEX:-0} total=${CIRCLE_NODE_TOTAL:-1} by=name kind=autodetect default=0s counts='' file='' command='' \
  verbose='' old=''

options() {
  while [ $# -gt 0 ]; do
    word=$1
    shift
    case $word in
      --show-counts | --show-counts=true) counts=yes && continue ;;
      --verbose | -v | --verbose=true) verbose=yes && continue ;;
      --show-counts=false | --verbose=false) continue ;;
      --*=*) value=${word#*=} word=${word%%=*} ;;
      --*)
        [ $# -gt 0 ] || die "$word needs a value" 2
        value=$1
        shift
        ;;
      -?*) die "unknown shorthand flag: '${word#-}' in $word" 2 ;;
      *) file=$word && continue ;;
    esac
    case $word in
      --index) index=$value ;;
      --total) total=$value ;;
      --split-by) by=$value ;;
      --timings-type) kind=$value ;;
      --timings-file) old=$value ;;
      --time-default) default=$value ;;
      --command) command=$value ;;
      --test-names | --run) : ;;
      *) die "unknown flag: $word" 2 ;;
    esac
  done
  case $index in '' | *[!0-9]*) die "--index must be a number, not '$index'" 2 ;; esac
  case $total in '' | *[!0-9]*) die "--total must be a number, not '$total'" 2 ;; esac
  [ "$total" -gt 0 ] || die "--total must be at least 1" 2
  [ "$index" -lt "$total" ] || die "--index $index must be less than --total $total" 2
  case $by in name | filesize | timings) : ;; *) die "--split-by must be name, filesize or timings, not '$by'" 2 ;; esac
  case $kind in file) kind=filename ;; name) kind=testname ;; esac
  case $kind in
    autodetect | filename | classname | testname) : ;;
    *) die "--timings-type must be autodetect, filename, classname or testname, not '$kind'" 2 ;;
  esac
}

seconds_of() { # 1m30s, 500ms, 10s as seconds
  printf '%s\n' "$1" | awk '{
    total = 0; text = $0
    while (match(text, /^[0-9.]+(ms|us|ns|h|m|s)/)) {
      part = substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1); number = part + 0
      if (part ~ /ms$/) number /= 1000; else if (part ~ /us$/) number /= 1000000; else if (part ~ /ns$/) number = 0
      else if (part ~ /h$/) number *= 3600; else if (part ~ /m$/) number *= 60
      total += number
    }
    if (text != "") exit 1
    print total }'
}

names() { # the names to split: of a file or standard input, a word each, sorted, each once
  if [ -n "$file" ]; then cat -- "$file" || exit 1; else cat; fi | awk '
    { for (i = 1; i <= NF; i++) { sub(/\r$/, "", $i); if ($i != "" && !seen[$i]++) print $i } }' | sort
}

weighed() { # WEIGHT<tab>NAME of the names on standard input, or nothing where they cannot be weighed
  case $by in
    filesize) while IFS= read -r name; do
      printf '%s\t%s\n' "$(($(wc -c <"$name" 2>/dev/null || echo 0)))" "$name"
    done ;;
    timings)
      table=${old:-$data/timings.tsv}
      [ -f "$table" ] || table=/dev/null
      fallback=$(seconds_of "$default") || die "--time-default must be a duration such as 10s, not '$default'" 2
      awk -F '\t' -v kind="$kind" -v fallback="$fallback" '
        FILENAME != "-" { known[$1, $3] = $2; next }
        { names[++count] = $0; bare = $0; sub(/^\.\//, "", bare); plain[$0] = bare }
        END {
          split("filename classname testname", kinds, " ")
          if (kind == "autodetect") {
            best = 0
            for (k = 1; k <= 3; k++) {
              hits = 0
              for (i = 1; i <= count; i++) if ((kinds[k], plain[names[i]]) in known) hits++
              if (hits > best) { best = hits; kind = kinds[k] }
            }
          }
          hits = 0; sum = 0
          for (i = 1; i <= count; i++) if ((kind, plain[names[i]]) in known) { hits++; sum += known[kind, plain[names[i]]] }
          if (!hits) exit
          if (fallback == 0) fallback = sum / hits
          for (i = 1; i <= count; i++) {
            name = names[i]
            printf "%.6f\t%s\n", ((kind, plain[name]) in known) ? known[kind, plain[name]] : fallback, name
          }
        }' "$table" -
      ;;
  esac
}

share() { # this node's names, in alphabetical order
  all=$(names) || exit 1
  [ -n "$all" ] || return 0
  rows=''
  if [ "$by" != name ]; then
    rows=$(printf '%s\n' "$all" | weighed) || exit $?
    [ -n "$rows" ] || echo "Error auto-detecting timing type, falling back to weighting by name." >&2
  fi
  if [ -z "$rows" ]; then
    mine=$(printf '%s\n' "$all" | awk -v index_="$index" -v total="$total" '(NR - 1) % total == index_')
  else # the heaviest first, each to the node that has least
    mine=$(printf '%s\n' "$rows" | sort -t '	' -k1,1nr -k2 | awk -F '\t' -v index_="$index" -v total="$total" '{
      least = 0
      for (node = 1; node < total; node++) if (load[node] < load[least] || \
        (load[node] == load[least] && held[node] < held[least])) least = node
      load[least] += $1; held[least]++
      if (least == index_) print $2 }' | sort)
  fi
  if [ -n "$counts" ]; then
    printf '%s\n%s\n' "$all" "$mine" | awk -v all="$(printf '%s\n' "$all" | grep -c .)" \
      -v mine="$(printf '%s\n' "$mine" | grep -c .)" 'END { printf "Read %d items; this node has %d\n", all, mine }' >&2
  fi
  [ -z "$mine" ] || printf '%s\n' "$mine"
}

tests_split() {
  options "$@"
  share
}

tests_run() {
  options "$@"
  [ -n "$command" ] || die 'required flag "command" not set' 2
  given=$(share) || exit $?
  if [ -z "$given" ]; then
    echo "No tests for this node ($index of $total)"
    return 0
  fi
  [ -z "$verbose" ] || printf 'Running on node %s of %s: %s\n%s\n' "$index" "$total" "$command" "$given" >&2
  printf '%s\n' "$given" | "${BASH:-${SHELL:-/bin/sh}}" -c "$command"
}

# --- step halt, env subst

halt() {
  [ -n "$data" ] || die "this is not a step of a job"
  : >"$data/halt"
}

subst() { # $NAME and ${NAME}, ${NAME:-default} and its like; what is not set is empty
  awk '
    function value(name) { return (name in ENVIRON) ? ENVIRON[name] : "" }
    function inner(text,   name, rest) {
      match(text, /^[A-Za-z_][A-Za-z0-9_]*/); name = substr(text, 1, RLENGTH); rest = substr(text, RLENGTH + 1)
      if (rest == "") return value(name)
      if (rest ~ /^:[-=]/) return value(name) != "" ? value(name) : substr(rest, 3)
      if (rest ~ /^[-=]/) return (name in ENVIRON) ? value(name) : substr(rest, 2)
      if (rest ~ /^:\+/) return value(name) != "" ? substr(rest, 3) : ""
      if (rest ~ /^\+/) return (name in ENVIRON) ? substr(rest, 2) : ""
      return "${" text "}"
    }
    {
      if (NR > 1) printf "\n"
      text = $0
      while (match(text, /\$([A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*[^}]*\})/)) {
        at = RSTART; size = RLENGTH; found = substr(text, at + 1, size - 1)
        printf "%s%s", substr(text, 1, at - 1), \
          substr(found, 1, 1) == "{" ? inner(substr(found, 2, length(found) - 2)) : value(found)
        text = substr(text, at + size)
      }
      printf "%s", text
    }
    END { printf "\n" }'
}

env_subst() {
  if [ $# -gt 0 ]; then printf '%s\n' "$*" | subst; else subst; fi
}

help_asked() { # --help or -h among the options of a command, before a -- and not as the value of another option
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) return 0 ;;
      --) return 1 ;;
      --*=* | --show-counts | --verbose | -v) : ;;
      --*) [ $# -eq 1 ] || shift ;;
    esac
    shift
  done
  return 1
}

if [ "${1:-} ${2:-}" = "env subst" ]; then
  case ${3:-} in --help | -h) set -- --help ;; esac
elif help_asked "$@"; then
  set -- --help
fi
case "$#:${1:-}" in 1:tests | 1:step | 1:task | 1:env) set -- --help ;; esac
case "${1:-} ${2:-}" in
  "tests glob") shift 2 && tests_glob "$@" ;;
  "tests split") shift 2 && tests_split "$@" ;;
  "tests run") shift 2 && tests_run "$@" ;;
  "step halt" | "task halt") halt ;;
  "env subst") shift 2 && env_subst "$@" ;;
  "version "* | "--version "*) echo "nox-circleci: the circleci command of a local job" ;;
  "help "* | "--help "* | "-h "* | " ") usage ;;
  *)
    printf 'circleci: %s is not a command of a local job\n' "$*" >&2
    usage >&2
    exit 127
    ;;
esac
