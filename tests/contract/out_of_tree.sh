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
check=$(find "$root/stage" -name mockfleet-plugin-check)
pc=$(find "$root/stage" -name mockfleet-plugin.pc)
# Everything in it follows from the prefix, which is another here.
sed -i "s|^prefix=|prefix=$root/stage|" "$pc"
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH

for example in plugin-c plugin-cpp; do
    if ! {
        meson setup "$root/$example" "$here/../../examples/$example" &&
            ninja -C "$root/$example" &&
            meson install -C "$root/$example"
    } >"$root/$example.log" 2>&1; then
        cat "$root/$example.log"
        exit 1
    fi
    name=$(basename "$(find "$root/$example" -maxdepth 1 -name 'state-*.so')")
    plugin=$(pkg-config --variable=plugindir mockfleet-plugin)/$name
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
