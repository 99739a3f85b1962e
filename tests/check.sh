#!/usr/bin/env bash
# tests/check.sh [tests]: packages, format (not with `tests`), build and every runner. Whatever goes wrong, the last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/.."
folder=build/ci
passed=0 failed=0 counted=no
finish() {
    [ $counted = yes ] || { failed=$((failed + 1)); echo "The check ended before its time."; }
    echo "$passed passed, $failed failed"
    if [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; then exit 0; else exit 1; fi
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
started=$SECONDS
step() { # step NAME COMMAND...: a failing step is one failure
    echo "== $1 ($((SECONDS - started)) s)"
    shift
    if ! "$@" </dev/null; then failed=$((failed + 1)); echo "FAILED: $*"; return 1; fi
}
build() {
    local jobs
    jobs=$(scripts/jobs.sh) || return 1
    cmake --preset ci >build/ci-configure.log 2>&1 || { cat build/ci-configure.log; return 1; }
    cmake --build "$folder" --parallel "$jobs"
}

mkdir -p build
if step "packages" scripts/install-packages.sh tests; then
    if [ "${1:-}" != tests ]; then step "format" tests/format.sh && passed=$((passed + 1)); fi
    if step "style and scripts" scripts/assets.sh && step "build" build; then
        echo "== tests ($((SECONDS - started)) s)"
        line=$(tests/run.sh "$folder" </dev/null | tee >(cat >&2) | tail -n 1)
        if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
        else
            failed=$((failed + 1))
        fi
    fi
fi
counted=yes
echo "The check took $((SECONDS - started)) s."
