#!/usr/bin/env bash
# Builds the program that has every part of Kubernetes, if it is not kept from an earlier build, and prints its path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v go >/dev/null || { echo "the cluster for tests is built by Go 1.24 or newer, and there is no go" >&2; exit 1; }

hash=$(cat go.mod go.sum main.go build.sh <(go version) | sha256sum | cut -c 1-16)
kept=${XDG_CACHE_HOME:-$HOME/.cache}/nox-circleci-ci/cluster-$hash
if [[ ! -x $kept/cluster ]]; then
  version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
  IFS=. read -r major minor _ <<<"${version#v}"
  # kubectl and the API server compare their versions, which the linker writes.
  versions=(-X "k8s.io/component-base/version.gitVersion=$version" -X "k8s.io/component-base/version.gitMajor=$major"
    -X "k8s.io/component-base/version.gitMinor=$minor" -X "k8s.io/client-go/pkg/version.gitVersion=$version")
  echo "building Kubernetes $version, which takes minutes" >&2
  mkdir -p "$kept"
  CGO_ENABLED=0 go build -ldflags "-s -w ${versions[*]}" -o "$kept/cluster.$$" .
  mv "$kept/cluster.$$" "$kept/cluster" # never half a program, whoever else builds it
fi
echo "$kept/cluster"
