#!/usr/bin/env bash
# Job api-tests, first step: install the server and newman, archive the models, make a certificate.
set -euo pipefail
# shellcheck source=.circleci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=.circleci/scripts/api_lib.sh
source "$CI_SCRIPTS/api_lib.sh"

choose_for_api
for tool in java keytool; do
  command -v "${JAVA_HOME:+$JAVA_HOME/bin/}$tool" >/dev/null ||
    die "api-tests need Java, and there is no $tool (Debian: apt-get install openjdk-17-jre-headless; or set JAVA_HOME)"
done
command -v newman >/dev/null || command -v npm >/dev/null ||
  die 'api-tests need newman, or npm to install it (Debian: apt-get install nodejs npm)'
mkdir -p "$API"

install_server() {
  pip_install -r "$CI_SUITES/requirements-server.txt" dist/torchserve-*.whl dist/torch_model_archiver-*.whl
  torchserve --version
}

install_newman() {
  if command -v newman >/dev/null && { has_htmlextra || ! command -v npm >/dev/null; }; then
    echo "newman $(newman --version), of $(command -v newman)"
  else
    cp "$API_SUITE/package.json" "$API/"
    (cd "$API" && npm install --no-audit --no-fund --loglevel=error)
  fi
}

archive_models() {
  local with_torch=--torch
  [[ $TORCH != stub ]] || with_torch=
  python -B "$API_SUITE/make_models.py" "$API/store" ${with_torch:+"$with_torch"}
}

make_certificate() {
  rm -f "$API/keystore.p12"
  "${JAVA_HOME:+$JAVA_HOME/bin/}keytool" -genkeypair -alias ts -keyalg RSA -keysize 2048 -validity 2 -dname CN=localhost \
    -ext SAN=dns:localhost,ip:127.0.0.1 -storetype PKCS12 -keystore "$API/keystore.p12" -storepass changeit
  "${JAVA_HOME:+$JAVA_HOME/bin/}keytool" -exportcert -rfc -alias ts -keystore "$API/keystore.p12" -storepass changeit \
    >"$API/certificate.pem"
}

upstream_models() { # the user's own archives where there are any; one of ours stands in for the others
  local folder
  mkdir -p "$UPSTREAM_STORE"
  for folder in "$SOURCE_FROM/test/model_store" "$SOURCE_FROM/model_store_gen"; do
    find "$folder" -maxdepth 1 -name '*.mar' -exec cp {} "$UPSTREAM_STORE/" \; 2>/dev/null || true
  done
  python -B "$API_SUITE/run_upstream.py" store "$SOURCE_DIR" "$UPSTREAM_STORE" "$API/store/echo_v1.mar" |
    tee "$UPSTREAM_STORE/stand-ins.txt"
}

first_part 'install the server' install_server
part 'install newman' install_newman
part 'archive the models' archive_models
part 'make a certificate' make_certificate
if [[ $MODE == source ]]; then
  source_dir
  part 'sources' fetch_source
  [[ ! -e $SOURCE_DIR/test/postman/environment.json ]] || part "models for upstream's collections" upstream_models
fi
finish
