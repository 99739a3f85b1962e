#!/usr/bin/env bash
# Runs every test of a build folder under a private PostgreSQL, then tests/runners/*.sh; ends with `N passed, N failed` over all. A skipped test fails.
#   tests/run.sh build/ci
set -u
cd "$(dirname "$0")/.."
folder=${1:-build/ci}
log=$folder/tests.log
passed=0 failed=0
started=$SECONDS
tests/with-postgresql.sh ctest --test-dir "$folder" --parallel 2 --output-on-failure -V >"$log" 2>&1
ended=$?
# gtest: "[  PASSED  ] 18 tests." and "[  FAILED  ] 1 test, listed below:" close each program.
count() { grep -oE "$1" "$log" | grep -oE '[0-9]+' | awk '{sum += $1} END {print sum + 0}'; }
passed=$(count '\[  PASSED  \] [0-9]+ tests?\.')
failed=$(count '\[  FAILED  \] [0-9]+ tests?, listed below')
skipped=$(count '\[  SKIPPED \] [0-9]+ tests?')
# A program that ended before its closing line (a crash, a time limit) is one failure more.
for number in $(grep -oE 'Test +#[0-9]+: .*\*\*\*' "$log" | grep -oE '#[0-9]+' | tr -d '#' | sort -u); do
    grep -qE "^$number: \[  FAILED  \] [0-9]+ tests?, listed below" "$log" || { failed=$((failed + 1)); echo "Program $number ended before its closing line."; }
done
if [ "$skipped" -gt 0 ]; then echo "$skipped tests were skipped: a skipped test fails the check."; failed=$((failed + skipped)); fi
if [ "$passed" -eq 0 ] || { [ "$ended" -ne 0 ] && [ "$failed" -eq 0 ]; }; then failed=$((failed + 1)); tail -n 20 "$log"; fi
if [ "$failed" -gt 0 ]; then grep -E '^[0-9]+: .*(FAILED|Failure|error|exception|Which is|Actual|Expected)|\*\*\*' "$log" | head -80; fi
echo "== the rooms' tests: $passed passed, $failed failed ($((SECONDS - started)) s)"
for runner in tests/runners/*.sh; do
    started=$SECONDS
    output=$folder/$(basename "$runner" .sh).log
    "$runner" "$folder" >"$output" 2>&1
    ended=$?
    tail -n 60 "$output"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1)
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        [ "$ended" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
        [ "${BASH_REMATCH[1]}" -gt 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
        line="ended without its closing line"
    fi
    echo "== $runner: $line ($((SECONDS - started)) s)"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
