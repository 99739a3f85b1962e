#!/usr/bin/env bash
# scripts/npm-packages.sh FOLDER: installs what FOLDER/package-lock.json pins, where that is not done yet. Runs no script of a package.
set -eu
cd "$(dirname "$0")/../$1"
stamp=node_modules/.installed
if cmp -s package-lock.json $stamp; then exit 0; fi
echo "Installing the npm packages of $1 ..." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    echo "The npm packages of $1 could not be installed: is the npm registry reachable from this machine?" >&2
    exit 1
}
cp package-lock.json $stamp
