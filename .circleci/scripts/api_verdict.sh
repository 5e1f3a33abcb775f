#!/usr/bin/env bash
# Job api-tests, last step: which collections passed; one that did not, or never ran, fails the job.
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=.circleci/scripts/api_lib.sh
source "$CI_SCRIPTS/api_lib.sh"

[[ ${TORCHSERVE_TORCH:-} != stub ]] || record_part stub - "$STUB_TOLD"
for collection in management inference https; do
  part "$collection" test -e "$API/verdict/$collection"
done
finish
