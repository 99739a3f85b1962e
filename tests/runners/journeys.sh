#!/usr/bin/env bash
# tests/runners/journeys.sh BUILD_FOLDER: the story of a case as its agencies live it, in Chromium. On SQLite without scripts and then by keyboard alone;
# beside it on a private PostgreSQL without scripts.
set -u
cd "$(dirname "$0")/../.."
folder=${1:-build/ci}
export CONCORD_BUILD=$PWD/$folder
if ! node=$(scripts/node.sh) || ! scripts/npm-packages.sh tests; then echo "0 passed, 1 failed"; exit 1; fi
sqlite=$folder/journeys-sqlite.log postgresql=$folder/journeys-postgresql.log
CONCORD_ENGINE=postgresql tests/with-postgresql.sh "$node" tests/journeys/story.mjs plain >"$postgresql" 2>&1 &
"$node" tests/journeys/story.mjs plain keyboard >"$sqlite" 2>&1
wait
cat "$sqlite" "$postgresql" | grep -vE '^[0-9]+ passed, [0-9]+ failed$'
# Both closing lines in one; one that is missing is a failure.
cat "$sqlite" "$postgresql" | grep -E '^[0-9]+ passed, [0-9]+ failed$' |
    awk '{p += $1; f += $3; n += 1} END {if (n < 2) f += 1; print p + 0 " passed, " f + 0 " failed"; exit f > 0}'
