#!/usr/bin/env bash
# Are the sources formatted? An empty list of sources is a mistake too.
set -eu -o pipefail
cd "$(dirname "$0")/.."
mapfile -d '' sources < <(git ls-files -z 'src/*.cpp' 'src/*.hpp')
if [ "${#sources[@]}" -lt 50 ]; then echo "Only ${#sources[@]} sources were found to check for format: is this a clone with git?" >&2; exit 1; fi
clang-format --dry-run -Werror "${sources[@]}"
