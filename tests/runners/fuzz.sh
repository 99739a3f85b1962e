#!/usr/bin/env bash
# Every fuzz target for some seconds, with clang and its sanitizers.
cd "$(dirname "$0")/../.." && exec tests/fuzz-shortly.sh 5
