#!/usr/bin/env bash
# Makes build/assets (style, scripts, fonts) where something of frontend/ is newer.
set -eu
cd "$(dirname "$0")/.."
scripts/npm-packages.sh frontend
if [ -e build/assets/manifest.json ] && [ -z "$(find frontend -newer build/assets/manifest.json -type f -not -path '*/node_modules/*' -print -quit)" ]; then exit 0; fi
node=$(scripts/node.sh)
echo "Building style and scripts ..."
cd frontend
"$node" node_modules/typescript/bin/tsc --noEmit
"$node" build.mjs "$@"
