#!/usr/bin/env bash
# Starts a Kubernetes cluster of a folder's own: up.sh FOLDER PROGRAM [NODES]. PROGRAM is what build.sh prints.
#
# FOLDER/kubectl reaches it, as the administrator unless KUBECONFIG names another kubeconfig than FOLDER/admin.conf.
# Every process is in a cgroup, and every network in a namespace, that has the cluster's name in its own: down.sh finds
# them by it. FOLDER/parts has a script for each part of the cluster, which starts it, again too, and FOLDER/pids its
# process; a part's output is in FOLDER/log.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
((EUID == 0)) || { echo "only root can start a cluster" >&2; exit 1; }
folder=$(mkdir -p "$1" && cd "$1" && pwd) program=$2 nodes=${3:-1}
((${#folder} <= 70)) || { echo "sockets in $folder would have too long paths: choose a shorter folder" >&2; exit 1; }
[[ ! -e $folder/name ]] || { echo "there is a cluster in $folder: end it by down.sh" >&2; exit 1; }

name=nox-circleci-$(sha256sum <<<"$folder" | cut -c 1-8)
mkdir -p "$folder"/{parts,pids,log}
echo "$name" >"$folder/name"

cgroup() { # NAME: make it in every tree
  local trees=(/sys/fs/cgroup/*/)
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then # version 2 has one tree
    trees=(/sys/fs/cgroup/)
    sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
  fi
  local tree
  for tree in "${trees[@]}"; do mkdir -p "$tree$1"; done
}

kubeconfig() { # FILE TOKEN ADDRESS
  cat >"$1" <<END_OF_FILE
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://$3:6443", insecure-skip-tls-verify: true}}]
users: [{name: test, user: {token: $2}}]
contexts: [{name: test, context: {cluster: test, user: test, namespace: default}}]
current-context: test
END_OF_FILE
  chmod 600 "$1"
}

part() { # NAME NETWORK WORD...: write its script and start it
  local part=$1 network=$2 processes=/sys/fs/cgroup
  shift 2
  [[ ! -d $processes/pids ]] || processes=$processes/pids
  cat >"$folder/parts/$part" <<END_OF_FILE
#!/bin/sh
echo \$\$ >$processes/$name/cgroup.procs
echo \$\$ >"$folder/pids/$part"
exec nsenter --net=/run/netns/$network -- ${*@Q} >>"$folder/log/$part" 2>&1 </dev/null
END_OF_FILE
  chmod +x "$folder/parts/$part"
  setsid "$folder/parts/$part" &
}

kubectl() { KUBECONFIG=$folder/admin.conf "$folder/kubectl" "$@"; }

patiently() { # WORD...: until the command succeeds
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  tail -n 5 "$folder"/log/* >&2
  echo "the cluster did not start: no success of $*" >&2
  exit 1
}

control_plane() {
  ip netns add "$name"
  ip -n "$name" link set lo up
  ip -n "$name" link add nodes type bridge
  ip -n "$name" address add 10.77.0.1/24 dev nodes
  ip -n "$name" link set nodes up
  forward "$name"

  openssl genrsa -out "$folder/accounts.key" 2048 2>/dev/null
  openssl rsa -in "$folder/accounts.key" -pubout -out "$folder/accounts.pub" 2>/dev/null
  {
    echo 'admin,admin,admin,"system:masters"'
    for number in $(seq "$nodes"); do echo "n$number,system:node:n$number,n$number,\"system:nodes\""; done
  } >"$folder/tokens.csv"
  kubeconfig "$folder/admin.conf" admin 127.0.0.1

  part etcd "$name" "$program" etcd --data-dir "$folder/etcd" --unsafe-no-fsync --log-level warn
  part apiserver "$name" "$program" kube-apiserver --etcd-servers http://127.0.0.1:2379 \
    --advertise-address 10.77.0.1 --cert-dir "$folder/certs" --service-cluster-ip-range 10.96.0.0/16 \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --token-auth-file "$folder/tokens.csv" \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$folder/accounts.pub" \
    --service-account-signing-key-file "$folder/accounts.key" --kubelet-preferred-address-types InternalIP
}

followers() { # what gives up where no API server answers
  part controllers "$name" "$program" kube-controller-manager --kubeconfig "$folder/admin.conf" --leader-elect=false \
    --service-account-private-key-file "$folder/accounts.key"
  part scheduler "$name" "$program" kube-scheduler --kubeconfig "$folder/admin.conf" --leader-elect=false
}

forward() { ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'; }

node() { # NUMBER
  local own=$name-n$1 node=$folder/n$1 address=10.77.0.1$1
  mkdir -p "$node/cni"
  cgroup "$own"
  ip netns add "$own"
  ip -n "$own" link set lo up
  ip link add "n$1" netns "$name" type veth peer name eth0 netns "$own"
  ip -n "$name" link set "n$1" master nodes up
  ip -n "$own" address add "$address/24" dev eth0
  ip -n "$own" link set eth0 up
  ip -n "$own" route add default via 10.77.0.1
  ip -n "$name" route add "10.78.$1.0/24" via "$address" # the node's Pods
  forward "$own"

  fill() { sed -e "s|@NODE@|$node|" -e "s|@NUMBER@|$number|" -e "s|@NAME@|$own|" "$here/node/$1"; }
  fill containerd.toml >"$node/containerd.toml"
  fill kubelet.yaml >"$node/kubelet.yaml"
  fill cni.conflist >"$node/cni/pods.conflist"
  : >"$node/resolv.conf"
  kubeconfig "$node/kubelet.conf" "n$1" 10.77.0.1

  part "n$1-containerd" "$own" containerd --config "$node/containerd.toml"
  patiently ctr --address "$node/containerd.sock" --timeout 5s version
  part "n$1-kubelet" "$own" "$program" kubelet --config "$node/kubelet.yaml" --kubeconfig "$node/kubelet.conf" \
    --root-dir "$node/kubelet" --hostname-override "n$1" --node-ip "$address"
}

cat >"$folder/kubectl" <<END_OF_FILE
#!/bin/sh
KUBECONFIG=\${KUBECONFIG:-$folder/admin.conf}
export KUBECONFIG
exec nsenter --net=/run/netns/$name -- "$program" kubectl "\$@"
END_OF_FILE
chmod +x "$folder/kubectl"

cgroup "$name"
control_plane
for number in $(seq "$nodes"); do node "$number"; done
patiently kubectl get --raw /readyz
followers
for number in $(seq "$nodes"); do patiently kubectl get node "n$number"; done
kubectl wait --for condition=Ready node --all --timeout 300s >/dev/null
patiently kubectl get serviceaccount default
