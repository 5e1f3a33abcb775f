#!/usr/bin/env bash
# Gives the Pods of a running cluster this machine's way out and its name servers: uplink.sh FOLDER. Pods that start from
# then on have both. down.sh takes it away; without it nothing in a cluster reaches anything outside.
set -euo pipefail
folder=$(cd "$1" && pwd) name=$(cat "$1/name")
link=up-${name##*-} outside=10.79.0.1 inside=10.79.0.2
rule() { iptables "$@" -m comment --comment "$name"; } # by which down.sh finds it

ip link add "$link" type veth peer name uplink netns "$name"
ip address add "$outside/30" dev "$link"
ip link set "$link" up
ip -n "$name" address add "$inside/30" dev uplink
ip -n "$name" link set uplink up
ip -n "$name" route add default via "$outside"
ip netns exec "$name" iptables -t nat -A POSTROUTING -o uplink -j MASQUERADE # what Pods send has one address outside
rule -t nat -A POSTROUTING -s "$inside" -j MASQUERADE
rule -I FORWARD -i "$link" -j ACCEPT
rule -I FORWARD -o "$link" -j ACCEPT
for node in "$folder"/n*/; do cat /etc/resolv.conf >"${node}resolv.conf"; done
