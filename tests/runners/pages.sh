#!/usr/bin/env bash
# tests/runners/pages.sh BUILD_FOLDER: every page of the route table, and the gallery of components, in Chromium.
set -u
cd "$(dirname "$0")/../.."
folder=${1:-build/ci}
export CONCORD_BUILD=$PWD/$folder CONCORD_GALLERY=$PWD/build/gallery
if ! node=$(scripts/node.sh) || ! scripts/npm-packages.sh tests; then echo "0 passed, 1 failed"; exit 1; fi
rm -rf "$CONCORD_GALLERY" && mkdir -p "$CONCORD_GALLERY"
"$folder/web_test" --gtest_filter='Gallery*' >"$folder/gallery.log" 2>&1 || { tail "$folder/gallery.log"; echo "0 passed, 1 failed"; exit 1; }
log=$folder/pages-parts.log
{ "$node" tests/browser/gallery.mjs "$CONCORD_GALLERY"; "$node" tests/browser/walk.mjs; } 2>&1 | tee "$log" | grep -vE '^[0-9]+ passed, [0-9]+ failed$'
# Both closing lines in one; one that is missing is a failure.
grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | awk '{p += $1; f += $3; n += 1} END {if (n < 2) f += 1; print p + 0 " passed, " f + 0 " failed"; exit f > 0}'
