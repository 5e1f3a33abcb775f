#!/usr/bin/env bash
# Job benchmark: the latency of resnet-18, eager and TorchScript, through the server and without it.
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=.circleci/scripts/api_lib.sh
source "$CI_SCRIPTS/api_lib.sh"

suite=$CI_SUITES/benchmark
work=$PWD/benchmark
choose_torchserve
release_mode_leaves_out "nothing: the same server is measured in both modes"
use_virtualenv
if [[ $MODE == release && $VERSION != 0.1.1 && $VERSION =~ ^0\.[0-6](\.|$) ]]; then
  die "the benchmark checks its numbers against the server's own count: it knows that of 0.1.1 (its access log) and of 0.7 and later (their metrics), not that of $VERSION"
fi
[[ ${TORCHSERVE_TORCH:-} != stub ]] || die 'the benchmark measures torch: the stub of TORCHSERVE_TORCH=stub cannot stand in for it'
choose_torch
needs_torch 'the benchmark needs'
has_module torchvision || die 'the benchmark needs torchvision for resnet-18 (Debian: apt-get install python3-torchvision)'
command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java" >/dev/null ||
  die 'the benchmark needs Java (Debian: apt-get install openjdk-17-jre-headless; or set JAVA_HOME)'
for tool in node npm; do
  command -v "$tool" >/dev/null ||
    die "the benchmark needs Node.js for its load generator, and there is no $tool (Debian: apt-get install nodejs npm)"
done
mkdir -p "$work"

install_server() {
  pip_install -r "$CI_SUITES/requirements-server.txt" dist/torchserve-*.whl dist/torch_model_archiver-*.whl
  torchserve --version
}

install_generator() {
  if npm_global_has autocannon; then
    echo "autocannon of $(npm root --global)"
    ln -sfn "$(npm root --global)" "$work/node_modules"
  else
    cp "$suite/package.json" "$work/"
    (cd "$work" && npm install --no-audit --no-fund --loglevel=error)
  fi
}

make_models() { python -B "$suite/make_models.py" "$work/store"; }

measure() {
  local served=$work/served
  mkdir -p "$served"
  cp "$work"/store/*.mar "$served/"
  NODE_PATH=$work/node_modules python "$CI_SCRIPTS/server.py" run --site "$(site_packages)" --release "$(tested_version)" \
    --store "$served" --logs "$ARTIFACTS/logs" --model-api --set metrics_mode=prometheus --set disable_system_metrics=true -- \
    python -B "$suite/measure.py" "$work/store" "$ARTIFACTS/benchmark.json" --release "$(tested_version)" \
    --access-log "$ARTIFACTS/logs/access_log.log" --junit "$RESULTS/benchmark.xml"
}

page() { python -B "$suite/page.py" "$ARTIFACTS/benchmark.json" "$ARTIFACTS/benchmark.html"; }

first_part 'install the server' install_server
first_part 'install the load generator' install_generator
first_part 'make the models' make_models
part 'measure' measure
if [[ -e $ARTIFACTS/benchmark.json ]]; then part 'page' page; else left_out 'page' 'there are no numbers'; fi
finish
