#!/usr/bin/env bash
# How many compilers may run at once: one a core, and about 1.5 GB of free memory each; at least one. Says so where memory or disk is too small.
set -eu
cores=$(nproc)
free_mb=$(awk '/MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
disk_mb=$(df -Pm . | awk 'NR == 2 {print $4}')
if [ "$free_mb" -lt 1200 ]; then echo "Building Concord needs about 1.5 GB of free memory; $free_mb MB are free. Close other programs, or use a larger machine." >&2; exit 1; fi
if [ "$disk_mb" -lt 1500 ]; then echo "Building Concord needs about 1.5 GB of disk; $disk_mb MB are free in $(pwd). Make room first." >&2; exit 1; fi
by_memory=$((free_mb / 1500))
[ "$by_memory" -ge 1 ] || by_memory=1
echo $((cores < by_memory ? cores : by_memory))
