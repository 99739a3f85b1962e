#!/usr/bin/env bash
# Installs the pinned packages and makes build/assets. Node 20 or newer is taken from the path, else from node_modules/node.
set -eu
cd "$(dirname "$0")"
major() { "$1" --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/'; }
have=$(major node || true)
if [ "${have:-0}" -lt 20 ]; then
  for place in ../node_modules/node/bin node_modules/node/bin; do
    [ -x "$place/node" ] && PATH="$PWD/$place:$PATH" && break
  done
fi
have=$(major node || true)
[ "${have:-0}" -ge 20 ] || { echo "Node 20 or newer is needed" >&2; exit 1; }
stamp=node_modules/.installed
if [ ! -e "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  npm ci --no-audit --no-fund --ignore-scripts
  touch "$stamp"
fi
node node_modules/typescript/bin/tsc --noEmit
node build.mjs "$@"
