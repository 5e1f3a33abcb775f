#!/usr/bin/env bash
# Job build: the frontend's jar and the wheels, built (source mode) or fetched and checked (release mode).
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

choose_torchserve
release_mode_leaves_out "the Gradle build and its TestNG suites (they need TorchServe's sources)"
source_mode_leaves_out "the checks of a released wheel (RECORD, version, commands, handlers)"
use_virtualenv
unpacked=$PWD/unpacked
dist=$PWD/dist

java_command() {
  if [[ -n ${JAVA_HOME:-} ]]; then echo "$JAVA_HOME/bin/java"; else echo java; fi
}

download() {
  modern_pip
  python -m pip download --quiet --no-deps --dest dist "torchserve==$VERSION" "torch-model-archiver==$VERSION"
  ls -l dist
}

unpack() {
  python "$CI_SCRIPTS/release.py" unpack dist/torchserve-*.whl "$unpacked/torchserve"
  python "$CI_SCRIPTS/release.py" unpack dist/torch_model_archiver-*.whl "$unpacked/archiver"
}

check() { # torchserve|archiver
  python "$CI_SCRIPTS/release.py" check "$unpacked/$1" --version "$VERSION" --junit "$RESULTS/release-$1.xml"
}

ping() {
  python "$CI_SCRIPTS/server.py" ping --site "$unpacked/torchserve" --release "$VERSION" --logs "$ARTIFACTS/frontend"
}

ping_part() {
  if "$(java_command)" -version >/dev/null 2>&1; then
    part 'frontend answers /ping' ping
  else
    left_out 'frontend answers /ping' 'no Java (set JAVA_HOME, or put java on PATH)'
  fi
}

install_tools() { # the suites start workers, which need what a server's do, and install models' requirements with pip
  install_source_tools
  has_module pip || pip_install pip
}

# For Java, TMPDIR is nothing: the servers of the suites would leave their sockets in /tmp. A socket's path is short.
if [[ $MODE == source && -n ${TMPDIR:-} && ${#TMPDIR} -lt 80 ]]; then
  export JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS:-} -Djava.io.tmpdir=$TMPDIR"
fi

# By GRADLE_OPTS, so that the call that upstream's setup.py makes has it too: a daemon would outlive the job, or end
# with it under another build's feet.
export GRADLE_OPTS="${GRADLE_OPTS:-} -Dorg.gradle.daemon=false"

alone() { # the suites' servers have fixed ports
  python "$CI_SCRIPTS/one_at_a_time.py" "the frontend's suites need the ports 8080 to 8082 and 8443 to 8445" "$@"
}

gradle_build() { # --continue: a test that fails in one subproject must not keep the other's from running
  rm -rf "$SOURCE_DIR"/frontend/*/build # came along with a folder: no result of today's
  local status=0 others
  alone "$SOURCE_DIR/frontend/gradlew" -p "$SOURCE_DIR/frontend" --continue clean build 2>&1 |
    tee gradle.txt || status=$?
  [[ $status -ne 0 ]] || return 0
  # Only tasks that test may have failed for known failures.
  others=$(sed -nE "s/^Execution failed for task '(.*)'.*/\\1/p" gradle.txt | { grep -v ':test$' || :; })
  [[ -z $others ]] || return "$status"
  local results=()
  for file in "$SOURCE_DIR"/frontend/*/build/test-results/*/*.xml; do
    [[ ! -e $file ]] || results+=("$file")
  done
  judge gradle testng "$status" ${results[@]+"${results[@]}"}
}

keep_jar() {
  mkdir -p "$ARTIFACTS/frontend"
  cp "$SOURCE_DIR"/frontend/server/build/libs/*.jar "$ARTIFACTS/frontend/"
  ls -l "$ARTIFACTS/frontend"
}

keep_testng() { # each subproject has its results and its report below its own build folder
  local folder file project count=0
  for folder in "$SOURCE_DIR"/frontend/*/build; do
    project=$(basename "$(dirname "$folder")")
    for file in "$folder"/test-results/*/*.xml; do
      [[ -e $file ]] || continue
      count=$((count + 1))
      cp "$file" "$RESULTS/testng-$project-${file##*/}"
    done
    if [[ -d $folder/reports/tests ]]; then
      mkdir -p "$ARTIFACTS/testng"
      cp -R "$folder/reports/tests" "$ARTIFACTS/testng/$project"
    fi
  done
  echo "$count files of results"
  [[ $count -gt 0 ]] || { echo 'Gradle has run no test' >&2 && return 1; }
}

torchserve_wheel() { # upstream's setup.py calls the wrapper once more, and puts the jar in
  local runs_suites= # as that of 2020 does; later ones only assemble
  ! grep -q 'gradlew.* build' "$SOURCE_DIR/setup.py" || runs_suites=alone
  (cd "$SOURCE_DIR" && $runs_suites python setup.py --quiet bdist_wheel --dist-dir "$dist")
  python "$CI_SCRIPTS/release.py" unpack "$dist"/torchserve-*.whl "$unpacked/torchserve"
  [[ -s $unpacked/torchserve/ts/frontend/model-server.jar ]] || { echo 'the wheel has no frontend jar' >&2 && return 1; }
  ls -l "$dist"
}

archiver_wheel() {
  (cd "$SOURCE_DIR/model-archiver" && python setup.py --quiet bdist_wheel --universal --dist-dir "$dist")
  ls -l "$dist"
}

if [[ $MODE == release ]]; then
  first_part 'wheels from PyPI' download
  first_part 'unpack' unpack
  part 'torchserve wheel' check torchserve
  part 'torch-model-archiver wheel' check archiver
  ping_part
else
  choose_torch
  [[ $TORCH != none ]] ||
    left_out 'workers of TestNG tests that import torch' 'torch is not here: the tests that start them fail'
  source_dir
  first_part 'sources' fetch_source
  first_part 'install the tools' install_tools
  part 'gradle clean build' gradle_build
  part 'jar' keep_jar
  part 'TestNG results' keep_testng
  part 'torchserve wheel' torchserve_wheel
  built=$LAST_PART
  part 'torch-model-archiver wheel' archiver_wheel
  if [[ $built -eq 0 ]]; then
    VERSION=$(cat "$unpacked/torchserve/ts/version.txt")
    ping_part
  else
    left_out 'frontend answers /ping' 'there is no wheel of torchserve'
  fi
fi
finish
