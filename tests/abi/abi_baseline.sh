#!/bin/sh
# Compares the ABI of the built plugin $1 with the committed baseline $2, without suppressions. A difference wants a higher
# MF_ABI_MINOR, a line in the changelog and a new baseline, in one commit: abi_baseline.sh PLUGIN BASELINE --update
set -eu

plugin=$1
baseline=$2
if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
    echo "abidw and abidiff (package abigail-tools) are not installed: the ABI was not compared"
    exit 77
fi
now=$(mktemp)
trap 'rm -f "$now"' EXIT
# Types reachable from the one exported symbol; no paths of this machine.
abidw --exported-interfaces-only --no-corpus-path --no-comp-dir-path --no-show-locs --type-id-style hash --out-file "$now" "$plugin"
if [ "${3-}" = --update ]; then
    cp "$now" "$baseline"
    exit 0
fi
status=0
abidiff --no-show-locs "$baseline" "$now" || status=$?
[ "$status" -eq 0 ] || {
    echo "the ABI differs from $(basename "$baseline") (abidiff exit code $status)"
    exit 1
}
echo "the ABI is that of $(basename "$baseline")"
