# Shared by the steps of api-tests: what is under test, and where its parts lie. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2034 # what sources it uses what it sets

API=$PWD/api-tests # models, certificate, newman: made by api_prepare.sh for the steps after it
API_SUITE=$CI_SUITES/api
UPSTREAM_STORE=$API/upstream-store

choose_for_api() {
  choose_torchserve
  release_mode_leaves_out "upstream's own collections (in source mode they are run)"
  use_virtualenv
  if [[ $MODE == release ]]; then
    local why
    why=$(collections_know "$VERSION" 2>&1) || die "$why"
  fi
  choose_torch
  needs_torch 'api-tests need'
}

collections_know() { python -B "$API_SUITE/releases.py" "$1"; } # says why not

newman_command() { # newman of PATH, or the one that api_prepare.sh installed
  if command -v newman >/dev/null; then echo newman; else echo "$API/node_modules/.bin/newman"; fi
}

has_htmlextra() { [[ -d $API/node_modules/newman-reporter-htmlextra ]] || npm_global_has newman-reporter-htmlextra; }

npm_global_has() { command -v npm >/dev/null && [[ -d $(npm root --global)/$1 ]]; }

site_packages() { python -c 'import os, importlib.util as u; print(os.path.dirname(os.path.dirname(u.find_spec("ts").origin)))'; }

tested_version() { python -c 'import importlib.util as u, os; print(open(os.path.join(os.path.dirname(u.find_spec("ts").origin), "version.txt")).read().strip())'; }
