#!/usr/bin/env bash
# Job api-tests: api_collection.sh COLLECTION TLS: a server of its own, one collection, the server stopped.
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=.circleci/scripts/api_lib.sh
source "$CI_SCRIPTS/api_lib.sh"

collection=$1 tls=$2
choose_for_api

run_collection() {
  has_torchserve || die 'TorchServe is not installed: the step that prepares says why'
  local server=(--set metrics_mode=prometheus --set disable_system_metrics=true) newman=()
  if [[ $tls == true ]]; then # the defaults of 0.12: keys are wanted, models are neither registered nor deleted
    server+=(--token-auth --keystore "$API/keystore.p12" --keystore-pass changeit --ca "$API/certificate.pem")
    server+=(--set load_models=echo=echo_v1.mar --set default_workers_per_model=1)
    newman+=(--ca "$API/certificate.pem")
  else
    server+=(--model-api)
  fi
  if [[ $TORCH == stub ]]; then newman+=(--stub); else newman+=(--torch); fi
  if has_htmlextra; then newman+=(--html); else echo 'no newman-reporter-htmlextra: no HTML report'; fi
  python "$CI_SCRIPTS/server.py" run --site "$(site_packages)" --release "$(tested_version)" \
    --store "$API/store" --logs "$ARTIFACTS/$collection/logs" "${server[@]}" -- \
    python -B "$API_SUITE/run_newman.py" "$collection" --newman "$(newman_command)" \
    --release "$(tested_version)" --results "$RESULTS" --artifacts "$ARTIFACTS/$collection" ${newman[@]+"${newman[@]}"}
}

report_left_out() { # by name, the requests that this release has no answer to, and those that the stub has none to
  local answers name reason
  answers=$(python -B "$API_SUITE/releases.py" "$(tested_version)" "$collection")
  if [[ $TORCH == stub ]]; then
    answers+=$'\n'$(python -B "$API_SUITE/endpoints.py" "$collection" "$(tested_version)" --of-torch)
  fi
  while IFS=$'\t' read -r name reason; do
    [[ -z $name ]] || left_out "$name" "$reason"
  done <<<"$answers"
}

run_upstream() { # upstream's own collection of that name, as upstream runs it: keys off, certificates unchecked
  local server=(--model-api --set metrics_mode=prometheus) newman=()
  [[ $tls != true ]] || server+=(--keystore "$API/keystore.p12" --keystore-pass changeit --ca "$API/certificate.pem")
  if has_htmlextra; then newman+=(--html); fi
  python "$CI_SCRIPTS/server.py" run --site "$(site_packages)" --release "$(tested_version)" \
    --store "$UPSTREAM_STORE" --logs "$ARTIFACTS/upstream-$collection/logs" "${server[@]}" -- \
    python -B "$API_SUITE/run_upstream.py" "$collection" "$SOURCE_DIR" --newman "$(newman_command)" \
    --results "$RESULTS" --artifacts "$ARTIFACTS/upstream-$collection" ${newman[@]+"${newman[@]}"}
}

mkdir -p "$API/verdict"
rm -f "$API/verdict/$collection"
# A release that cannot be tested ends in choose_for_api; a revision of its time still has upstream's own collections.
if [[ $MODE == source ]] && has_torchserve && ! why=$(collections_know "$(tested_version)" 2>&1); then
  left_out "$collection" "$why"
else
  part "$collection" run_collection
  ! has_torchserve || report_left_out
fi
if [[ $MODE == source ]]; then
  source_dir
  name="upstream's $collection"
  if [[ -d $SOURCE_DIR && ! -e $SOURCE_DIR/test/postman/environment.json ]]; then
    left_out "$name" 'this revision has no collections in test/postman'
  elif [[ ! -e $UPSTREAM_STORE/stand-ins.txt ]]; then
    part "$name" die 'its models were not prepared: the step that prepares says why'
  elif [[ $collection == inference && -s $UPSTREAM_STORE/stand-ins.txt ]]; then
    left_out "$name" "it knows what pretrained models answer: make them (ts_scripts/marsgen.py) in model_store_gen or test/model_store"
  else
    part "$name" run_upstream
  fi
fi
finish
touch "$API/verdict/$collection"
