#!/usr/bin/env bash
# Runs every test of a build folder under a private PostgreSQL and ends with `N passed, N failed` over all runners. A skipped test fails.
#   tests/run.sh build/ci
set -u
folder=${1:-build/ci}
log=$folder/tests.log
passed=0 failed=0
tests/with-postgresql.sh ctest --test-dir "$folder" --output-on-failure -V > "$log" 2>&1 || true
# gtest: "[  PASSED  ] 18 tests." and "[  FAILED  ] 1 test, listed below:" close each program.
count() { grep -oE "$1" "$log" | grep -oE '[0-9]+' | awk '{sum += $1} END {print sum + 0}'; }
passed=$((passed + $(count '\[  PASSED  \] [0-9]+ tests?\.')))
failed=$((failed + $(count '\[  FAILED  \] [0-9]+ tests?, listed below')))
skipped=$(count '\[  SKIPPED \] [0-9]+ tests?')
# A program that ended before its closing line (a crash) is one failure more.
broken=$(grep -cE '\*\*\*(Failed|Exception|Timeout|Not Run)' "$log" || true)
if [ "$broken" -gt 0 ] && [ "$failed" -eq 0 ]; then failed=$broken; fi
if [ "$skipped" -gt 0 ]; then echo "$skipped tests were skipped: a skipped test fails the check."; failed=$((failed + skipped)); fi
if [ "$failed" -gt 0 ]; then grep -E '^[0-9]+: .*(FAILED|Failure|error|exception|Which is|Actual|Expected)|\*\*\*' "$log" | head -80; fi
for runner in tests/runners/*.sh; do
    [ -e "$runner" ] || continue
    echo "== $runner"
    output=$("$runner" "$folder" 2>&1)
    echo "$output" | tail -n 30
    line=$(echo "$output" | grep -E '^[0-9]+ passed, [0-9]+ failed$' | tail -n 1)
    if [ -z "$line" ]; then failed=$((failed + 1)); continue; fi
    passed=$((passed + $(echo "$line" | cut -d' ' -f1)))
    failed=$((failed + $(echo "$line" | cut -d' ' -f3)))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
