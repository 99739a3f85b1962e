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
loaded() { "$concord" load county tests/county --db "$place/loaded/county.db" >/dev/null; }
# A loaded database is served as it lies there: its sealing key was made with it.
serves() {
    local port=$((20000 + $$ % 20000)) answer=""
    "$concord" serve --db "$place/loaded/county.db" --port "$port" &
    local server=$!
    for _ in $(seq 100); do
        answer=$( (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3 && head -n 1 <&3) 2>/dev/null)
        case $answer in *" 200 "*) break ;; esac
        sleep 0.1
    done
    kill "$server" && wait "$server"
    case $answer in *" 200 "*) return 0 ;; *) return 1 ;; esac
}
mkdir -p "$place/loaded"
holds "the small county is loaded" loaded
holds "a loaded county is served" serves
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
