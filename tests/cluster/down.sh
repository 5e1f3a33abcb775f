#!/usr/bin/env bash
# Ends the cluster that up.sh has started in a folder, whatever state it is in, and removes all but its log: down.sh FOLDER
set -euo pipefail
[[ -e $1/name ]] || exit 0
folder=$(cd "$1" && pwd) name=$(cat "$1/name")

processes() { find /sys/fs/cgroup -path "*/$name*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u; }

for _ in $(seq 100); do # processes may start others meanwhile
  mapfile -t running < <(processes)
  ((${#running[@]})) || break
  kill -KILL "${running[@]}" 2>/dev/null || true
  sleep 0.1
done
cut -d ' ' -f 2 /proc/mounts | { grep -F "$folder/" || true; } | sort -r | while read -r mount; do umount --lazy "$mount"; done
for table in nat filter; do # what uplink.sh has added
  { iptables-save -t $table 2>/dev/null || true; } | { grep -F -- "--comment $name" || true; } | sed 's/^-A/-D/' |
    while read -ra rule; do iptables -t $table "${rule[@]}"; done
done
for network in /run/netns/"$name"*; do [[ ! -e $network ]] || ip netns delete "${network##*/}"; done
# A killed containerd-shim leaves its socket, whose address is below the node's folder.
mapfile -t sockets < <(find "$folder" -path '*/containerd-run/*' -name address -exec sed 's|^unix://||' {} +)
rm -f "${sockets[@]}"
find /sys/fs/cgroup -depth -type d -path "*/$name*" -exec rmdir {} +
for each in "$folder"/*; do [[ $each == "$folder/log" ]] || rm -rf "$each"; done
