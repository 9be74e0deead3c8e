#!/usr/bin/env bash
# Installs into a temporary folder, checks that each promised file is there, starts the installed program and talks to it.
# install.sh BUILD-DIR
set -euo pipefail
build=$1
stage=$(mktemp -d)
server=""
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$stage"
}
trap finish EXIT

DESTDIR=$stage meson install -C "$build" --no-rebuild --quiet
expect() {
    for pattern in "$@"; do
        find "$stage" -path "$pattern" | grep -q . || {
            echo "not installed: $pattern"
            exit 1
        }
    done
}
expect '*/bin/mockfleet' '*/bin/mockfleet-plugin-check' '*/mockfleet/plugins-1/state-memory.so' '*/include/mockfleet/abi.h' '*/include/mockfleet/state.h' \
    '*/include/mockfleet/blob.h' '*/include/mockfleet/plugin.hpp' '*/include/mockfleet/state.hpp' '*/include/mockfleet/blob.hpp' \
    '*/pkgconfig/mockfleet-plugin.pc' '*/man1/mockfleet.1*' '*/systemd/system/mockfleet.service' '*/mockfleet/mockfleet.yaml' \
    '*/share/doc/mockfleet/configuration.md' '*/share/doc/mockfleet/fleet.md' '*/share/doc/mockfleet/examples/README.md' \
    '*/share/doc/mockfleet/examples/fleet/compose.yaml'
for plugin in "$build"/plugins/*.so; do
    expect "*/mockfleet/plugins-1/$(basename "$plugin")"
done

program=$(find "$stage" -path '*/bin/mockfleet')
plugins=$(find "$stage" -type d -name plugins-1)
config=$(find "$stage" -name mockfleet.yaml)
"$program" version
manual=$("$program" help | sed -n 's|^mockfleet(1) and \(.*\)\.$|\1|p')
test -f "$stage$manual" || {
    echo "the help names $manual, which is not installed"
    exit 1
}
"$program" plugin list --plugin-dir "$plugins" | grep -q state-memory
log=$stage/log
"$program" run --config "$config" --plugin-dir "$plugins" --server-port 0 --local-bound-ip 127.0.0.1 >"$log" 2>&1 &
server=$!
for _ in $(seq 200); do
    port=$(sed -n 's/.*started on port: \([0-9]*\).*/\1/p' "$log")
    [ -z "$port" ] || break
    kill -0 "$server" || { cat "$log"; exit 1; }
    sleep 0.05
done
test -n "$port"
status=$(curl -s -o "$stage/answer" -w '%{http_code}' -X PUT "http://127.0.0.1:$port/mockserver/status")
test "$status" = 200
grep -q "$port" "$stage/answer"
kill -TERM "$server"
wait "$server"
server=""
echo "installed and answering"
