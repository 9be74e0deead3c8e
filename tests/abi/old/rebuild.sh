#!/bin/sh
# Rebuilds the example plugins of every release tag with that release's headers and runs today's contract tool ($1) on them.
# A clone without tags has nothing to rebuild and passes.
set -eu

check=$1
cd "$(dirname "$0")"
root=$(git rev-parse --show-toplevel 2>/dev/null) || {
    echo "not a git checkout: no old releases to rebuild"
    exit 0
}
tags=$(git -C "$root" tag --list 'v*')
[ -n "$tags" ] || {
    echo "this clone has no release tags: nothing to rebuild"
    exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for tag in $tags; do
    mkdir "$work/$tag"
    git -C "$root" archive "$tag" core/include examples/plugin-c examples/plugin-cpp | tar -x -C "$work/$tag" || {
        echo "$tag: has no example plugins"
        continue
    }
    cc -std=c99 -shared -fPIC "-I$work/$tag/core/include" "$work/$tag"/examples/plugin-c/*.c -o "$work/$tag/state-slots.so"
    c++ -std=c++20 -shared -fPIC "-I$work/$tag/core/include" "$work/$tag"/examples/plugin-cpp/*.cpp \
        -o "$work/$tag/state-tree.so"
    for plugin in "$work/$tag"/*.so; do
        "$check" "$plugin" >"$work/output" || {
            cat "$work/output"
            echo "$tag: $(basename "$plugin") no longer works"
            exit 1
        }
        echo "$tag: $(basename "$plugin"): $(tail -n 1 "$work/output")"
    done
done
