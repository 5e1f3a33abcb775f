#!/usr/bin/env bash
# Job python-tests: upstream's suites (source mode), or the acceptance suites and the
# handler tests of its wheel on the release (release mode).
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

choose_torchserve
release_mode_leaves_out "upstream's pylint and unit tests with coverage"
source_mode_leaves_out "this repository's acceptance suites"
use_virtualenv
choose_torch

install_release() {
  # The wheels of the job build, in its workspace: what is tested is what was checked.
  pip_install -r "$CI_SUITES/requirements-backend.txt" dist/torchserve-*.whl
  torchserve --version
}

accept() {
  TORCHSERVE_UNDER_TEST=$VERSION TORCHSERVE_LEFT_OUT=$ARTIFACTS/left-out.txt acceptance python-tests "$CI_SUITES/backend"
}

# The tests of the handlers that newer releases carry in their wheel, with what they need to run from there.
ships_handler_tests() { [[ -e $(installed_ts)/torch_handler/unit_tests/conftest.py ]]; }

shipped_handler_tests() {
  TORCHSERVE_LEFT_OUT=$ARTIFACTS/left-out-of-handler-tests.txt PYTHONPATH=$CI_SUITES \
    acceptance handler-tests -p shipped -o 'python_files=test_*.py' --pyargs ts.torch_handler.unit_tests
}

handler_tests_part() {
  if ! ships_handler_tests; then
    left_out 'handler tests of the wheel' 'this release has none that run from there'
  elif [[ $TORCH == none || $TORCH == stub ]]; then
    left_out 'handler tests of the wheel' 'they compute with torch, which is not here'
  else
    part 'handler tests of the wheel' shipped_handler_tests
    report_left_out_of "$ARTIFACTS/left-out-of-handler-tests.txt"
  fi
}

backend_lint() {
  local off=() # torch's own modules are missing in every file that imports them, or are a stub
  [[ $TORCH != none && $TORCH != stub ]] || off=("--disable=$NEEDS_TORCH")
  (cd "$SOURCE_DIR" && lint pylint ts/tests/pylintrc ts ${off[@]+"${off[@]}"})
}

NEEDS_TORCH=import-error,no-name-in-module,no-member,wrong-import-order

backend_unit_tests() { (cd "$SOURCE_DIR" && upstream_pytest python-unit ts ts/tests/unit_tests); }

handler_unit_tests() { (cd "$SOURCE_DIR" && upstream_pytest handler-unit ts/torch_handler ts/torch_handler/unit_tests); }

if [[ $MODE == release ]]; then
  first_part 'install' install_release
  part 'acceptance suites' accept
  report_left_out_of "$ARTIFACTS/left-out.txt"
  handler_tests_part
else
  source_dir
  first_part 'sources' fetch_source
  first_part 'install the tools' install_source_tools
  part 'pylint' backend_lint
  [[ $TORCH != none && $TORCH != stub ]] || left_out "pylint's $NEEDS_TORCH" 'they look into torch, which is not here'
  part 'unit tests' backend_unit_tests
  report_left_out_of "$ARTIFACTS/left-out-of-python-unit.txt"
  if [[ ! -d $SOURCE_DIR/ts/torch_handler/unit_tests ]]; then
    left_out 'handler unit tests' 'this revision has none'
  elif [[ $TORCH == none || $TORCH == stub ]]; then
    left_out 'handler unit tests' 'they compute with torch, which is not here'
  else
    part 'handler unit tests' handler_unit_tests
  fi
fi
finish
