# Shared by the job scripts, which source it after `set -euo pipefail`: parts of a job, which
# TorchServe is under test, Python. Bash 3.2 is enough for it (macOS).
# shellcheck shell=bash

CI_SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CI_ROOT=$(cd "$CI_SCRIPTS/../.." && pwd)
CI_SUITES=$CI_ROOT/tests/torchserve
RESULTS=$PWD/test-results
ARTIFACTS=$PWD/artifacts
mkdir -p "$RESULTS" "$ARTIFACTS"

# A JAVA_HOME without Java, such as another machine's, hides the Java on PATH.
[[ -x ${JAVA_HOME:-}/bin/java ]] || unset JAVA_HOME

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

# --- parts ---------------------------------------------------------------------------------------
# A job is a list of parts. Each runs whatever became of the one before, is timed, and has a line in
# the closing table; the job fails when a part did, and names it.

PART_LINES=()
PARTS_FAILED=()
PARTS_PASSED=0

now_ms() { # EPOCHREALTIME is bash 5's; older ones count whole seconds
  if [[ -n ${EPOCHREALTIME:-} ]]; then
    local micros=${EPOCHREALTIME/[.,]/}
    echo $((micros / 1000))
  else
    echo $((SECONDS * 1000))
  fi
}

record_part() { # RESULT SECONDS NAME
  PART_LINES+=("$(printf '%-9s %8s  %s' "$1" "$2" "$3")")
}

part() { # NAME COMMAND...: 0 always; LAST_PART has the command's exit status
  local name=$1 start ms seconds known passing
  shift
  known=$(count_known known) passing=$(count_known passes)
  printf '\n--- %s\n' "$name"
  start=$(now_ms)
  # In a subshell of its own, so that `set -e` holds in it and its cd and exports end with it.
  set +e
  (
    set -e
    "$@"
  )
  LAST_PART=$?
  set -e
  ms=$(($(now_ms) - start))
  seconds=$(printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)))
  known=$(($(count_known known) - known)) passing=$(($(count_known passes) - passing))
  if [[ $LAST_PART -eq 0 ]]; then
    record_part passed "$seconds" "$name$(known_line "$known" "$passing")"
    PARTS_PASSED=$((PARTS_PASSED + 1))
  else
    printf '%s: failed with exit status %d\n' "$name" "$LAST_PART" >&2
    record_part FAILED "$seconds" "$name$(known_line "$known" "$passing")"
    PARTS_FAILED+=("$name")
  fi
}

first_part() { # NAME COMMAND...: a part without which there is nothing for the others to work on
  part "$@"
  if [[ $LAST_PART -ne 0 ]]; then
    record_part 'not run' - "all other parts: they need '$1'"
    finish
  fi
}

left_out() { # NAME REASON
  printf -- '--- %s: left out: %s\n' "$1" "$2"
  record_part 'left out' - "$1: $2"
}

finish() {
  printf '\n=== parts\n'
  [[ ${#PART_LINES[@]} -eq 0 ]] || printf '%s\n' "${PART_LINES[@]}"
  report_known
  if [[ ${#PARTS_FAILED[@]} -gt 0 ]]; then
    local list
    list=$(printf ', %s' "${PARTS_FAILED[@]}")
    die "failed: ${list#, }"
  fi
  # A job in which everything was left out has shown nothing.
  ((PARTS_PASSED > 0)) || die 'no part ran'
}

# --- known failures ------------------------------------------------------------------------------
# What fails on the unchanged revision stands in known-failures/VERSION.txt, VERSION being its ts/version.txt. Such a
# failure stays in the test results and does not fail the job. Without that file nothing is excused.

KNOWN_FAILURES=$ARTIFACTS/known-failures.txt

known_list() { # the file for the revision under test, whether it is there or not
  local version=''
  [[ ! -e ${SOURCE_DIR:-}/ts/version.txt ]] || version=$(tr -d '[:space:]' <"$SOURCE_DIR/ts/version.txt")
  echo "$CI_SCRIPTS/known-failures/${version:-unknown}.txt"
}

judge() { # PROGRAM SUITE STATUS RESULTS...: 0 if the suite's failures are all known ones
  python "$CI_SCRIPTS/known_failures.py" --program "$1" --kept "$KNOWN_FAILURES" "$2" "$3" "$(known_list)" "${@:4}"
}

count_known() { # known|passes
  local kind rest count=0
  if [[ -e $KNOWN_FAILURES ]]; then
    while IFS=$'\t' read -r kind rest; do
      [[ $kind != "$1" ]] || count=$((count + 1))
    done <"$KNOWN_FAILURES"
  fi
  echo "$count"
}

known_line() { # KNOWN PASSING: what a part's line in the table says of them
  [[ $1 -eq 0 ]] || printf ': %d known failed' "$1"
  [[ $2 -eq 0 ]] || printf ': %d known to fail passed' "$2"
}

report_known() {
  [[ -e $KNOWN_FAILURES ]] || return 0
  local list
  list=$(known_list)
  printf 'known failures of this revision, which fail no job: %d, with reasons in %s\n' \
    "$(count_known known)" "artifacts/${KNOWN_FAILURES##*/}"
  local passing
  passing=$(count_known passes)
  [[ $passing -eq 0 ]] || printf 'known failures that pass here: %d; if they do everywhere, take them out of %s\n' \
    "$passing" "${list#"$CI_ROOT/"}"
}

# --- which TorchServe ----------------------------------------------------------------------------
# TORCHSERVE_SOURCE alone decides, then what is checked out, then the executor's default release;
# nothing that fails later changes the mode. Sets MODE (release, source), VERSION or SOURCE_DIR.

is_torchserve_checkout() { [[ -d $1/ts && -d $1/model-archiver ]]; }

has_git_ref() { # URL@REF, the @ after the host's part
  local after_host=${1#*://}
  [[ $after_host == */*@?* || $1 == *@*:*@?* ]]
}

choose_torchserve() {
  local source=${TORCHSERVE_SOURCE:-} why
  case $source in
    '')
      if is_torchserve_checkout .; then
        MODE=source SOURCE_KIND=checkout SOURCE_FROM=$PWD why='this checkout (TORCHSERVE_SOURCE is not set)'
      else
        MODE=release VERSION=${TORCHSERVE_RELEASE:?the executor names no default release}
        why="the executor's default (TORCHSERVE_SOURCE is not set, and this is no TorchServe checkout)"
      fi
      ;;
    release:?*)
      MODE=release VERSION=${source#release:} why="TORCHSERVE_SOURCE=$source"
      [[ $VERSION =~ ^[0-9]+(\.[0-9]+)*([a-z]+[0-9]+)?$ ]] ||
        die "TORCHSERVE_SOURCE=$source: '$VERSION' is no version; write release:0.12.0, say"
      ;;
    *://* | git@*)
      has_git_ref "$source" || die "TORCHSERVE_SOURCE=$source: say which revision: URL@REF"
      MODE=source SOURCE_KIND=git SOURCE_FROM=$source why="TORCHSERVE_SOURCE=$source"
      ;;
    /*)
      is_torchserve_checkout "$source" ||
        die "TORCHSERVE_SOURCE=$source: no TorchServe checkout there (no ts/ and model-archiver/)"
      MODE=source SOURCE_KIND=folder SOURCE_FROM=$source why="TORCHSERVE_SOURCE=$source"
      ;;
    *)
      die "TORCHSERVE_SOURCE=$source: give release:VERSION, a git URL with @REF, or a folder's absolute path"
      ;;
  esac
  if [[ $MODE == release ]]; then
    echo "TorchServe: release mode: torchserve and torch-model-archiver $VERSION, the wheels from PyPI; $why"
  else
    echo "TorchServe: source mode: $why"
  fi
}

release_mode_leaves_out() { [[ $MODE != release ]] || echo "Left out in release mode: $1"; }
source_mode_leaves_out() { [[ $MODE != source ]] || echo "Left out in source mode: $1"; }

# Puts the sources into SOURCE_DIR. A folder is copied: the user's own is never written to.
fetch_source() {
  case $SOURCE_KIND in
    checkout) ;;
    folder)
      mkdir -p "$SOURCE_DIR"
      # Git's own list of files, where there is one, leaves out what the user had built in there.
      # A folder in another project's repository is no repository: that one's list may not have it.
      if [[ -e $SOURCE_FROM/.git ]]; then
        (cd "$SOURCE_FROM" && git ls-files -z --cached --others --exclude-standard | existing_files |
          tar -cf - --null -T -) | tar -xf - -C "$SOURCE_DIR"
      else
        cp -R "$SOURCE_FROM/." "$SOURCE_DIR/"
      fi
      ;;
    git)
      git clone --quiet --no-checkout "${SOURCE_FROM%@*}" "$SOURCE_DIR"
      git -C "$SOURCE_DIR" checkout --quiet "${SOURCE_FROM##*@}"
      ;;
  esac
  is_torchserve_checkout "$SOURCE_DIR" || {
    echo "no TorchServe checkout in $SOURCE_FROM (no ts/ and model-archiver/)" >&2
    return 1
  }
  local repository=$SOURCE_DIR # a folder's copy is no repository, but lies in the job's
  [[ $SOURCE_KIND != folder ]] || repository=$SOURCE_FROM
  if git -C "$repository" rev-parse HEAD >/dev/null 2>&1; then
    echo "revision: $(git -C "$repository" rev-parse HEAD)"
  fi
}

existing_files() { # of a list with NULs: a file that is deleted but still in git's index is absent
  local file
  while IFS= read -r -d '' file; do
    [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"
  done
}

source_dir() { # where fetch_source puts, or finds, the sources
  if [[ $SOURCE_KIND == checkout ]]; then SOURCE_DIR=$PWD; else SOURCE_DIR=$PWD/torchserve-source; fi
}

# --- Python --------------------------------------------------------------------------------------

# The job's virtualenv is first on PATH where the engine gave one; an image's own Python is not to
# be written to, so that there the job makes one that sees what the image has.
use_virtualenv() {
  if [[ -z ${VIRTUAL_ENV:-} ]]; then
    local python
    python=$(command -v python3 || command -v python) || die 'no python on PATH'
    "$python" -m venv --system-site-packages .job-venv
    export VIRTUAL_ENV=$PWD/.job-venv
    export PATH=$VIRTUAL_ENV/bin:$PATH
  fi
  export PIP_DISABLE_PIP_VERSION_CHECK=1
  echo "Python: $(python -c 'import platform; print(platform.python_version())')"
}

# One call for all that a job needs; -r names tests/torchserve/requirements.txt and the like.
pip_install() {
  if [[ -n ${PIP_PYTHON:-} ]]; then
    "$PIP_PYTHON" -m pip --python "$VIRTUAL_ENV/bin/python" install --quiet --no-warn-script-location "$@"
  else
    modern_pip
    python -m pip install --quiet --no-warn-script-location "$@"
  fi
}

modern_pip() { # Python 3.6 ships pip 18, which does not know today's wheels of psutil and Pillow
  if python -c 'import pip, sys; sys.exit(int(pip.__version__.split(".")[0]) >= 20)'; then
    python -m pip install --quiet pip==21.3.1
  fi
}

has_module() { python -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$1"; }

# The folder of the installed package ts. Python's first place for modules is where it is started, and in a TorchServe
# checkout that has a ts of its own.
installed_ts() {
  (cd "$RESULTS" && python -c 'import importlib.util, os, sys
spec = importlib.util.find_spec("ts")
sys.exit("TorchServe is not installed") if spec is None else print(os.path.dirname(spec.origin))')
}

has_torchserve() { installed_ts >/dev/null 2>&1; }

# pytest on suites for a release, started where there is no ts but the installed one: JUnit XML to the test results,
# never a cache beside them.
acceptance() { # RESULT-NAME ARGUMENTS...
  local name=$1
  shift
  (cd "$RESULTS" && python -B -m pytest -c "$CI_SUITES/pytest.ini" --rootdir "$CI_SUITES" -p no:cacheprovider \
    --junit-xml "$RESULTS/$name.xml" "$@")
}

STUB_TOLD='torch: the stub module of this repository, for TORCHSERVE_TORCH=stub asks for it'

# Sets TORCH: none, stub (only where TORCHSERVE_TORCH asks for it), or the version of torch that is
# here. Where the job's own Python has none, the other interpreters of this machine are looked through,
# and the job goes on in a virtualenv of the first that has it.
choose_torch() {
  TORCH=none
  case ${TORCHSERVE_TORCH:-} in
    '')
      if has_module torch; then
        TORCH=$(torch_version)
      elif find_torch_elsewhere; then
        TORCH=$(torch_version)
        echo "Python: $(python -c 'import platform; print(platform.python_version())'), of $TORCH_PYTHON, which has torch"
      fi
      ;;
    stub)
      TORCH=stub
      export PYTHONPATH=$CI_SUITES/stub${PYTHONPATH:+:$PYTHONPATH}
      ;;
    *) die "TORCHSERVE_TORCH=$TORCHSERVE_TORCH: it can be 'stub', or left unset" ;;
  esac
  case $TORCH in
    none) echo 'torch: not here' ;;
    stub)
      echo "$STUB_TOLD"
      record_part stub - "$STUB_TOLD"
      ;;
    *) echo "torch: $TORCH" ;;
  esac
}

torch_version() { python -c 'import torch; print(torch.__version__)'; }

needs_torch() { # WHAT-NEEDS: torch or its stub, or the job ends here
  [[ $TORCH == none ]] || return 0
  local which='no Python here' how='Debian: apt-get install python3-torch python3-torchvision; else: pip install torch torchvision'
  if is_release_of_2020; then
    which='no Python 3.6 to 3.8 here'
    how='pip install torch==1.5.1 torchvision==0.6.1 in a virtualenv of Python 3.6, and its bin folder on PATH'
  fi
  die "$1 torch, and $which has it (looked at the job's own, those on PATH and the system's). Install it ($how), or set TORCHSERVE_TORCH=stub for the stub module, where that is enough"
}

is_release_of_2020() { [[ ${VERSION:-} == 0.1 || ${VERSION:-} == 0.1.* ]]; }

# Releases and revisions of 2020 know the Python of their time only.
fits_release() { # PYTHON
  local newest='(99,)'
  ! is_release_of_2020 || newest='(3, 8)'
  ! python -c 'import sys; sys.exit(sys.version_info >= (3, 8))' || newest='(3, 8)'
  "$1" -c "import importlib.util as u, sys; sys.exit(not ((3, 6) <= sys.version_info[:2] <= $newest and u.find_spec('torch')))" 2>/dev/null
}

find_torch_elsewhere() { # makes .torch-venv and enters it
  local folder python folders
  IFS=: read -r -a folders <<<"$PATH:/usr/local/bin:/usr/bin"
  for folder in "${folders[@]}"; do
    for python in "$folder"/python3 "$folder"/python3.[0-9] "$folder"/python3.[0-9][0-9]; do
      if [[ -x $python ]] && fits_release "$python"; then
        TORCH_PYTHON=$python
        # Bash does not end a function by itself at an error when what called it is a condition.
        enter_venv_of "$python" || die "$python has torch, and no virtualenv of it can be made"
        return 0
      fi
    done
  done
  return 1
}

enter_venv_of() { # PYTHON
  local job_python
  job_python=$(command -v python)
  [[ -e .torch-venv/made ]] || make_venv_of "$1" || return 1
  [[ -x .torch-venv/bin/pip ]] || PIP_PYTHON=$job_python
  export VIRTUAL_ENV=$PWD/.torch-venv
  export PATH=$VIRTUAL_ENV/bin:$PATH
}

make_venv_of() { # PYTHON: .torch-venv, which sees what PYTHON does
  # Without pip, which a Debian keeps in a package of its own: the job's own installs, if it knows how (Python 3.6's does not).
  local without=--without-pip
  [[ $(python -m pip --help) == *--python\ * ]] || without=
  "$1" -m venv ${without:+"$without"} --system-site-packages .torch-venv || return 1
  # Where PYTHON is a virtualenv's, "system" is the interpreter below it: its own packages are named to the new one.
  "$1" -c 'import sys, sysconfig
if sys.prefix != sys.base_prefix:
    print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
    >"$(.torch-venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/below.pth" &&
    touch .torch-venv/made
}

# --- upstream's own suites (source mode) -----------------------------------------------------------

install_source_tools() {
  pip_install -r "$CI_SUITES/requirements-source.txt"
  install_pinned_tools
  # captum asks for torch from PyPI, which is large: it works with the one that is here.
  [[ ${TORCH:-none} == none || $TORCH == stub ]] || pip_install --no-deps captum==0.6.0
}

# The versions that the revision itself pins, if pip has them for this Python.
install_pinned_tools() {
  local file=$SOURCE_DIR/requirements/developer.txt pins=()
  [[ ! -e $file ]] || read -r -d '' -a pins < <(
    sed -nE 's/^((pylint|pytest|pytest-mock|pytest-cov|mock)==[^[:space:];#]+).*/\1/p' "$file" && printf '\0'
  )
  if [[ ${#pins[@]} -eq 0 ]]; then
    echo "tools: this repository's versions, for the revision pins none"
  elif pip_install "${pins[@]}"; then
    echo "tools: the revision's own versions: ${pins[*]}"
  else
    echo "tools: this repository's versions, for pip cannot install the revision's own here: ${pins[*]}"
  fi
}

lint() { # RESULT-NAME RCFILE PACKAGE [OPTION...]
  local name=$1 rcfile=$2 package=$3 status=0
  python -m pylint -rn --rcfile="$rcfile" --output-format=json "${@:4}" "$package" >"$ARTIFACTS/pylint.json" || status=$?
  python "$CI_SCRIPTS/pylint_results.py" "$ARTIFACTS/pylint.json" "$ARTIFACTS/pylint.txt" "$RESULTS/$name.xml"
  judge pylint "$name" "$status" "$RESULTS/$name.xml"
}

upstream_pytest() { # RESULT-NAME COVERED-PACKAGE|- FOLDER
  local name=$1 package=$2 folder=$3
  local cover=(--cov="$package" --cov-report=term --cov-report="html:$ARTIFACTS/coverage-$name")
  [[ $package != - ]] || cover=()
  # A test file whose imports are missing must not keep the others from running. What wants torch where there is none
  # is left out by name.
  local torch=() status=0
  [[ ${TORCH:-none} != none && $TORCH != stub ]] || torch=(-p without_torch)
  TORCHSERVE_LEFT_OUT=$ARTIFACTS/left-out-of-$name.txt PYTHONPATH=$CI_SUITES${PYTHONPATH:+:$PYTHONPATH} \
    python -m pytest -p no:cacheprovider --rootdir . --continue-on-collection-errors --junit-xml "$RESULTS/$name.xml" \
    ${torch[@]+"${torch[@]}"} ${cover[@]+"${cover[@]}"} "$folder" || status=$?
  judge pytest "$name" "$status" "$RESULTS/$name.xml"
}

report_left_out_of() { # FILE of lines: what, a tab, why
  local what why
  [[ -e $1 ]] || return 0
  while IFS=$'\t' read -r what why; do
    left_out "$what" "$why"
  done <"$1"
}
