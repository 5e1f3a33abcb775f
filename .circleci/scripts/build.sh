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
  python "$CI_SCRIPTS/server.py" ping --site "$1" --release "$VERSION" --logs "$ARTIFACTS/frontend"
}

gradle_build() {
  "$SOURCE_DIR/frontend/gradlew" -p "$SOURCE_DIR/frontend" --no-daemon clean build
}

keep_testng() { # TestNG's results lie below each subproject's build folder
  local file count=0
  while IFS= read -r file; do
    count=$((count + 1))
    cp "$file" "$RESULTS/testng-$count-${file##*/}"
  done < <(find "$SOURCE_DIR/frontend" -path '*/test-results/*' -name '*.xml')
  find "$SOURCE_DIR/frontend" -path '*/reports/tests' -type d -exec cp -R {} "$ARTIFACTS/testng" \; -prune
  echo "$count files of results"
  [[ $count -gt 0 ]]
}

build_wheels() {
  pip_install wheel 'setuptools<70' psutil packaging
  (cd "$SOURCE_DIR" && python setup.py --quiet bdist_wheel --dist-dir "$dist")
  (cd "$SOURCE_DIR/model-archiver" && python setup.py --quiet bdist_wheel --universal --dist-dir "$dist")
  ls -l dist
}

if [[ $MODE == release ]]; then
  first_part 'wheels from PyPI' download
  first_part 'unpack' unpack
  part 'torchserve wheel' check torchserve
  part 'torch-model-archiver wheel' check archiver
  if "$(java_command)" -version >/dev/null 2>&1; then
    part 'frontend answers /ping' ping "$unpacked/torchserve"
  else
    left_out 'frontend answers /ping' 'no Java (set JAVA_HOME, or put java on PATH)'
  fi
else
  source_dir
  first_part 'sources' fetch_source
  part 'gradle clean build' gradle_build
  part 'TestNG results' keep_testng
  part 'wheels' build_wheels
fi
finish
