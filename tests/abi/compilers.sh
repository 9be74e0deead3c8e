#!/bin/sh
# The installed headers ($1) under every compiler and standard that authors use, with all warnings as errors.
set -eu

include=$1
here=$(cd "$(dirname "$0")" && pwd)
tried=0
try() {
    command -v "$1" >/dev/null || return 0
    "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only "-I$include" || {
        echo "failed: $*"
        exit 1
    }
    tried=$((tried + 1))
}
for compiler in gcc clang-14 clang-19; do
    for standard in c99 c17; do
        try "$compiler" "-std=$standard" "$here/descriptor.c"
    done
done
# Both flavours and both kinds of backend.
for compiler in g++ clang++-14 clang++-19; do
    for source in ../../examples/plugin-cpp/tree.cpp ../contract/state_late.cpp ../contract/blob_test.cpp; do
        try "$compiler" -std=c++20 "$here/$source"
    done
done
echo "$tried compilations without a warning"
