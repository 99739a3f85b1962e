#!/usr/bin/env bash
# Builds every fuzz target with clang and runs each for some seconds: tests/fuzz-shortly.sh [SECONDS], 5 where not given.
# Exits with 1 on a finding, which then lies in build/fuzz/findings; the last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/.."
seconds=${1:-5}
case "$seconds" in '' | *[!0-9]* | 0) echo "usage: tests/fuzz-shortly.sh [SECONDS]" >&2; exit 2 ;; esac
if ! command -v clang++ >/dev/null; then echo "Fuzzing needs clang with libFuzzer: install the packages clang and libclang-rt-14-dev." >&2; exit 2; fi
targets=()
for source in src/*/*_fuzz.cpp; do targets+=("$(basename "$source" .cpp)"); done
mkdir -p build/fuzz/findings
log=build/fuzz/build.log
if ! { cmake --preset fuzz && cmake --build build/fuzz --parallel "$(scripts/jobs.sh)" --target "${targets[@]}"; } >"$log" 2>&1; then
    grep -E "error|CMake Error|FAILED" "$log" | head -20
    echo "The fuzz targets do not build: see $log." >&2
    echo "0 passed, ${#targets[@]} failed"
    exit 1
fi
passed=0 failed=0
for target in "${targets[@]}"; do
    corpus=build/fuzz/corpus/$target
    mkdir -p "$corpus"
    seeds=()
    [ ! -d "tests/fuzz/$target" ] || seeds=("tests/fuzz/$target")
    dictionary=()
    [ ! -e "tests/fuzz/$target.dict" ] || dictionary=("-dict=tests/fuzz/$target.dict")
    if build/fuzz/"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -artifact_prefix="build/fuzz/findings/$target-" \
        "${dictionary[@]}" "$corpus" "${seeds[@]}" >"build/fuzz/$target.log" 2>&1; then
        passed=$((passed + 1))
        echo "$target: $(grep -oE '^Done [0-9]+ runs' "build/fuzz/$target.log")"
    else
        failed=$((failed + 1))
        echo "$target: a finding"
        grep -E "what\(\)|ERROR|runtime error|SUMMARY|Test unit written" "build/fuzz/$target.log" | head -8
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
