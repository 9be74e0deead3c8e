#!/bin/sh
# Installs the build folder $1 into a temporary root, builds the example plugins against it through pkg-config, as a
# stranger would, and runs the installed mockfleet-plugin-check on them.
set -eu

build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Only what plugin authors get; everything it holds has been built before this test runs.
DESTDIR=$root/stage meson install -C "$build" --no-rebuild --tags devel,state-memory >"$root/install.log" 2>&1 || {
    cat "$root/install.log"
    exit 1
}
pc=$(find "$root/stage" -name mockfleet-plugin.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
check=$(find "$root/stage" -name mockfleet-plugin-check)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$root/stage
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
echo "installed under $prefix, ABI $(pkg-config --variable=abi_major mockfleet-plugin)"

for example in plugin-c plugin-cpp; do
    meson setup "$root/$example" "$here/../../examples/$example" >"$root/$example.log" 2>&1 &&
        ninja -C "$root/$example" >>"$root/$example.log" 2>&1 || {
        cat "$root/$example.log"
        exit 1
    }
    plugin=$(find "$root/$example" -maxdepth 1 -name 'state-*.so')
    exported=$(nm -D --defined-only "$plugin" | awk '{ print $3 }')
    [ "$exported" = mf_plugin_v1 ] || {
        echo "$plugin exports more than the descriptor: $exported"
        exit 1
    }
    "$check" "$plugin" >"$root/$example.check" || {
        cat "$root/$example.check"
        exit 1
    }
    echo "$example: $(tail -n 1 "$root/$example.check")"
done
