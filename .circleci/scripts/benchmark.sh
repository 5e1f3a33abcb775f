#!/usr/bin/env bash
# A step of the jobs api-tests and benchmark.
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

die 'not built yet'
