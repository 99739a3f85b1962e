#!/usr/bin/env bash
# tests/runners/demonstration.sh BUILD_FOLDER: the whole demonstration, as `make run` makes it: no line is refused, its ledger verifies, and what is built from it is rebuilt equal.
set -u
cd "$(dirname "$0")/../.."
concord=$PWD/${1:-build/ci}/concord
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
passed=0 failed=0
holds() { # holds SENTENCE COMMAND...
    local sentence=$1
    shift
    if "$@" >"$place/said" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "NOT SO: $sentence"; tail -c 3000 "$place/said"; fi
}
made() {
    "$concord" init --partnership north-yorkshire --demo --seed 1 --db "$place/concord.db" 2>"$place/init" || { cat "$place/init"; return 1; }
    if grep -A1 '^Refused' "$place/init"; then return 1; fi
}
holds "every line of the demonstration is taken" made
holds "the ledger verifies" "$concord" verify --db "$place/concord.db"
holds "the views are rebuilt equal" "$concord" rebuild --check --db "$place/concord.db"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
