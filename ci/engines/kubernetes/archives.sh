# shellcheck shell=sh
# What a Pod does with archives of its own files: pack, keep, put, load, by what the image has. It is read from the input,
# which goes on with names or with URLs: so they are in no list of processes.
usual=$(umask)
umask 077
LACKING=3 GONE=44 # exit statuses: the image lacks something; the archive is not there any more
mine='' try=''    # a file of ours, which goes with what lies beside it; what says that we are at work

fail() { # TEXT [STATUS]
  echo "$1" >&2
  exit "${2:-1}"
}

leave() {
  [ -z "$mine" ] || rm -f "$mine" "$mine".*
  [ -z "$try" ] || rm -f "$try"
}
trap leave EXIT
trap 'exit 143' TERM INT HUP

alone() { # FILE: wait for an earlier try of the same, which goes on where its connection has broken
  while read -r other <"$1.try" && kill -0 "$other"; do sleep 0.2; done 2>/dev/null
  mkdir -p "${1%/*}" && echo $$ >"$1.try" || exit 1
  try=$1.try
}

has() { command -v "$1" >/dev/null 2>&1; }

find_client() { # what speaks to a store, and takes a URL from its input: BusyBox's wget does not
  if has curl; then
    client=by_curl
  elif has wget && wget --version 2>/dev/null | grep -q 'GNU Wget'; then
    client=by_wget
  elif has python3; then
    client=by_python3
  else
    fail 'it has no curl, GNU wget or python3' $LACKING
  fi
}

pack() { # ROOT FILE CHECK: names on input, ended by NUL each; show the archive's digest, size and file, then its files' names
  for each in find xargs sort sha256sum tar; do has "$each" || fail "it has no $each" $LACKING; done
  $3
  alone "$2"
  rm -f "$2".*.new
  mine=$2.$$.new
  cat >"$mine.asked" && cd "$1" || exit 1
  listed '-type d ! -path ./.' >"$mine.folders" && listed '( -type f -o -type l )' >"$mine.files" || exit 1
  cat "$mine.folders" "$mine.files" | LC_ALL=C sort -zu >"$mine.names" || exit 1
  if tar --version 2>/dev/null | grep -q GNU; then
    tar --create --file "$mine" --numeric-owner --owner 0 --group 0 --mode a-st --no-recursion --null \
      --files-from "$mine.names" || exit 1
  else
    tr '\0' '\n' <"$mine.names" | tar -cf "$mine" --no-recursion -T - || exit 1
  fi
  digest=$(sha256sum <"$mine") && size=$(wc -c <"$mine") || exit 1
  echo "${digest%% *} $((size)) $mine"
  LC_ALL=C sort -zu <"$mine.files" || exit 1
  rm -f "$mine".*
  mine=''
}

listed() { # TESTS: the names of what was asked for, and of all below it
  xargs -0 sh -c "exec find \"\$@\" $(echo "$1" | sed 's/[()]/\\&/g') -print0" find <"$mine.asked"
}

keep() { # FILE TARGET: on the volume, where jobs of several users may need it
  mine=$1
  if [ -e "$2" ]; then
    used "$2"
  else
    chmod 644 "$1" && mv "$1" "$2" || exit 1
  fi
  find "${2%/*}" -name '*.new*' -mtime +1 -exec rm -f {} + 2>/dev/null # what killed jobs have left
  :
}

used() { # FILE: for who removes what has not been used for long
  touch "$1" 2>/dev/null
  :
}

put() { # FILE SINCE: two URLs on input, to look and to put; what is there from before that date may be gone soon
  alone "$1"
  mine=$1
  find_client
  IFS= read -r look && IFS= read -r there || exit 1
  [ "$(request head "$look" "If-Modified-Since: $2" 2>/dev/null)" != 200 ] || return 0
  status=$(request put "$there" 'Expect:') || exit 1
  [ "$status" = 200 ] || refused "$status"
}

get() { # FILE DIGEST AT: a URL on input; unpack what it names
  find_client
  alone "$1"
  mine=$1.$$
  IFS= read -r there || exit 1
  status=$(request get "$there" 'Accept: */*') || exit 1
  [ "$status" != 404 ] || fail 'the store has it no more' $GONE
  [ "$status" = 200 ] || refused "$status"
  mv "$mine.said" "$mine" || exit 1
  unpack "$mine" "$2" "$3"
}

load() { # FILE DIGEST AT OWN: unpack a file of a volume; OWN is a file in the Pod
  alone "$4"
  [ -e "$1" ] || fail 'the volume has it no more' $GONE
  unpack "$1" "$2" "$3"
  used "$1"
}

request() { # head|get|put URL HEADER: about $mine; show the status of the answer, whose text is in $mine.said
  $client "$@" || fail "the store cannot be reached: $(tail -n 3 "$mine.errors" | tr '\n' ' ')"
}

by_curl() {
  url=$2 header=$3 what=$1
  case $what in
    head) set -- --head --output /dev/null ;;
    get) set -- --output "$mine.said" ;;
    put) set -- --upload-file "$mine" --output "$mine.said" ;;
  esac
  printf 'url = "%s"\n' "$url" | curl --disable --config - --silent --show-error --retry 3 --connect-timeout 30 \
    --header "$header" --write-out '%{http_code}' "$@" 2>"$mine.errors"
}

by_wget() {
  url=$2 header=$3 what=$1
  case $what in
    head) set -- --method=HEAD --output-document=/dev/null ;;
    get) set -- --output-document="$mine.said" ;;
    put) set -- --method=PUT --body-file="$mine" --output-document="$mine.said" ;;
  esac
  printf '%s\n' "$url" | wget --no-config --input-file=- --server-response --no-verbose --content-on-error \
    --tries=4 --connect-timeout=30 --header="$header" "$@" 2>"$mine.errors"
  found=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9]*\).*/\1/p' "$mine.errors" | tail -n 1)
  [ -n "$found" ] && echo "$found"
}

by_python3() {
  printf '%s\n' "$2" | python3 -c '
import shutil, sys, urllib.error, urllib.request

method, header, mine = sys.argv[1:]
name, _, value = header.partition(":")
request = urllib.request.Request(input(), headers={name: value.strip()} if value else {}, method=method.upper())
if method == "put":
    request.data = open(mine, "rb")
    request.add_header("Content-Length", str(request.data.seek(0, 2)))
    request.add_header("Content-Type", "application/octet-stream")
    request.data.seek(0)
try:
    answer = urllib.request.urlopen(request, timeout=60)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    sys.exit(str(error))
with open(mine + ".said", "wb") as said:
    shutil.copyfileobj(answer, said)
print(answer.getcode())
' "$1" "$3" "$mine" 2>"$mine.errors"
}

refused() { # STATUS
  said=$(tr -d '\n' <"$mine.said" 2>/dev/null | head -c 2000)
  code=$(echo "$said" | sed -n 's/.*<Code>\([^<]*\)<.*/\1/p')
  message=$(echo "$said" | sed -n 's/.*<Message>\([^<]*\)<.*/\1/p')
  fail "the store answers with status $1 $code $message"
}

unpack() { # FILE DIGEST AT: nothing of it before all of it is known to be what was packed, and to stay in its folder
  for each in sha256sum tar; do has "$each" || fail "it has no $each" $LACKING; done
  digest=$(sha256sum <"$1") || exit 1
  [ "${digest%% *}" = "$2" ] || fail 'it is damaged: it has another content than was stored'
  if tar -tf "$1" | grep -E '^/|(^|/)\.\.(/|$)' >&2; then
    fail 'refused to unpack it: that leads out of its folder'
  fi
  umask "$usual"
  cd "$3" && tar -xof "$1" || exit 1
}

"$@"
