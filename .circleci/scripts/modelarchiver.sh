#!/usr/bin/env bash
# Job modelarchiver: upstream's suites (source mode), or the acceptance suite on the release (release mode).
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

choose_torchserve
release_mode_leaves_out "upstream's pylint, unit tests with coverage and integration tests, and the wheel's build"
source_mode_leaves_out "this repository's acceptance suite"
use_virtualenv

install_release() {
  pip_install -r "$CI_SUITES/requirements.txt" "torch-model-archiver==$VERSION"
  torch-model-archiver --help >/dev/null
  echo "installed: torch-model-archiver $VERSION"
}

accept() { TORCHSERVE_UNDER_TEST=$VERSION acceptance modelarchiver "$CI_SUITES/modelarchiver"; }

archiver_lint() { (cd "$SOURCE_DIR/model-archiver" && lint pylint-archiver model_archiver/tests/pylintrc model_archiver); }

archiver_unit_tests() {
  (cd "$SOURCE_DIR/model-archiver" && upstream_pytest modelarchiver-unit model_archiver model_archiver/tests/unit_tests)
}

archiver_wheel() {
  (cd "$SOURCE_DIR/model-archiver" && python setup.py --quiet bdist_wheel --universal --dist-dir "$ARTIFACTS/dist")
  ls "$ARTIFACTS/dist"
}

archiver_install() { pip_install --force-reinstall --no-deps "$ARTIFACTS"/dist/*.whl; }

archiver_integration_tests() {
  (cd "$SOURCE_DIR/model-archiver" && upstream_pytest modelarchiver-integration - model_archiver/tests/integ_tests)
}

if [[ $MODE == release ]]; then
  first_part 'install' install_release
  part 'acceptance suite' accept
else
  source_dir
  first_part 'sources' fetch_source
  first_part 'install the tools' install_source_tools
  part 'pylint' archiver_lint
  part 'unit tests' archiver_unit_tests
  report_left_out_of "$ARTIFACTS/left-out-of-modelarchiver-unit.txt"
  part 'wheel' archiver_wheel
  part 'install the wheel' archiver_install
  part 'integration tests' archiver_integration_tests
  report_left_out_of "$ARTIFACTS/left-out-of-modelarchiver-integration.txt"
fi
finish
