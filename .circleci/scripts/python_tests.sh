#!/usr/bin/env bash
# Job python-tests: upstream's suites (source mode), or the acceptance suites on the release (release mode).
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

left_out_file=$ARTIFACTS/left-out.txt

accept() {
  TORCHSERVE_UNDER_TEST=$VERSION TORCHSERVE_LEFT_OUT=$left_out_file acceptance python-tests "$CI_SUITES/backend"
}

report_left_out() {
  local line
  [[ -e $left_out_file ]] || return 0
  while IFS= read -r line; do
    left_out "$line" 'torch is not here'
  done <"$left_out_file"
}

backend_lint() { (cd "$SOURCE_DIR" && lint ts/tests/pylintrc ts); }

backend_unit_tests() { (cd "$SOURCE_DIR" && upstream_pytest python-unit ts ts/tests/unit_tests); }

handler_unit_tests() { (cd "$SOURCE_DIR" && upstream_pytest handler-unit ts/torch_handler ts/torch_handler/unit_tests); }

if [[ $MODE == release ]]; then
  first_part 'install' install_release
  part 'acceptance suites' accept
  report_left_out
else
  source_dir
  first_part 'sources' fetch_source
  first_part 'install the tools' install_source_tools
  part 'pylint' backend_lint
  part 'unit tests' backend_unit_tests
  if [[ ! -d $SOURCE_DIR/ts/torch_handler/unit_tests ]]; then
    left_out 'handler unit tests' 'this revision has none'
  elif [[ $TORCH == none || $TORCH == stub ]]; then
    left_out 'handler unit tests' 'they compute with torch, which is not here'
  else
    part 'handler unit tests' handler_unit_tests
  fi
fi
finish
