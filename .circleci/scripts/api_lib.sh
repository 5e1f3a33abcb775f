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

newman_command() { # the one that api_prepare.sh installed, with its reporter, or newman of PATH
  local installed=$API/node_modules/.bin/newman
  if [[ -x $installed ]]; then echo "$installed"; else echo newman; fi
}

has_htmlextra() { [[ -d $API/node_modules/newman-reporter-htmlextra ]] || npm_global_has newman-reporter-htmlextra; }

npm_global_has() { command -v npm >/dev/null && [[ -d $(npm root --global)/$1 ]]; }

site_packages() { dirname "$(installed_ts)"; }

tested_version() { cat "$(installed_ts)/version.txt"; }
