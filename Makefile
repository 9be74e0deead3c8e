# The front door: sets up a fresh Debian 12, builds with Meson, runs, tests, installs. It only calls the package manager,
# Meson and the programs.

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
JOBS    ?= $(shell nproc)
ifeq ($(origin CC),default)
CC = ccache gcc
endif
ifeq ($(origin CXX),default)
CXX = ccache g++
endif
export CC CXX

BUILD_DEPS = g++ meson ninja-build pkg-config ccache libboost1.81-dev libsimdjson-dev libyaml-cpp-dev libspdlog-dev \
             libfmt-dev libpcre2-dev libssl-dev zlib1g-dev libcurl4-openssl-dev libnghttp2-dev
TEST_DEPS  = $(BUILD_DEPS) doctest-dev clang-14 libclang-rt-14-dev clang-format-19 clang-tidy-19 abigail-tools valgrind \
             curl shellcheck python3-minimal python3-yaml etcd-server haproxy openssl iproute2 python3-botocore
BENCH_DEPS = wrk nginx-light nghttp2-client
FLEET_DEPS = etcd-server haproxy
CHAOS_DEPS = etcd-server iproute2 iptables curl

.DEFAULT_GOAL := build
.PHONY: peers chaos chaos-deps bench-fleet fleet fleet-deps sanitize deps test-deps bench-deps build run test lint docs install differential bench soak fuzz clean

deps:
	@packaging/install-deps $(BUILD_DEPS)

test-deps:
	@packaging/install-deps $(TEST_DEPS)
	@command -v node >/dev/null && command -v npm >/dev/null || packaging/install-deps nodejs npm

bench-deps: test-deps
	@packaging/install-deps $(BENCH_DEPS)

# Real counterparts of the blob stores' tests.
peers:
	@packaging/install-peers github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c github.com/fsouza/fake-gcs-server@v1.56.1

fleet-deps:
	@packaging/install-deps $(FLEET_DEPS)

build: deps
	@test -e $(BUILD)/build.ninja || meson setup $(BUILD) --buildtype=release -Dtests=disabled
	ninja -C $(BUILD) -j $(JOBS)

run: build
	$(BUILD)/core/mockfleet run --plugin-dir $(BUILD)/plugins --server-port $(or $(PORT),1080)

# Three nodes and haproxy on loopback.
fleet: fleet-deps build
	@packaging/run-fleet $(BUILD)/core/mockfleet $(BUILD)/plugins $(or $(PORT),1080)

test: test-deps peers
	@tests/run-suites

lint: test-deps
	@tests/run-suites lint lint-slow

sanitize: test-deps
	@tests/run-suites sanitize

# The committed pages that come from the program's own tables.
docs: build
	$(BUILD)/packaging/config-docs markdown > docs/configuration.md

# A separate build folder, because the prefix is part of the program (where it looks for plugins).
install: deps
	@if [ -e build-install/build.ninja ]; then meson configure build-install --prefix=$(PREFIX) --sysconfdir=/etc; else \
	  meson setup build-install --buildtype=release --prefix=$(PREFIX) --sysconfdir=/etc -Dtests=disabled; fi
	ninja -C build-install -j $(JOBS)
	DESTDIR=$(DESTDIR) meson install -C build-install --no-rebuild

differential: build
	node tests/differential/run.mjs --server $(BUILD)/core/mockfleet --plugin-dir $(BUILD)/plugins

bench: bench-deps build
	node tests/bench/run.mjs --server $(BUILD)/core/mockfleet --plugin-dir $(BUILD)/plugins $(if $(PEER),--peer)

# Optimized, with the bench of the replication, which is built with the tests.
bench-fleet: bench-deps fleet-deps
	@test -e $(BUILD)-bench/build.ninja || meson setup $(BUILD)-bench --buildtype=release -Dtests=enabled
	ninja -C $(BUILD)-bench -j $(JOBS) core/mockfleet plugins/state-memory.so plugins/state-replicated.so plugins/state-replicated/tests/bench-fleet-state
	node tests/bench/fleet.mjs --server $(BUILD)-bench/core/mockfleet --plugin-dir $(BUILD)-bench/plugins \
	  --state-bench $(BUILD)-bench/plugins/state-replicated/tests/bench-fleet-state --out $(BUILD)-bench/bench-fleet.json

chaos-deps:
	@packaging/install-deps $(CHAOS_DEPS)

# ONLY=regex: faults and promises of such a name; ROUNDS=n repeats the faults.
chaos: chaos-deps build
	@(cd tests/chaos/porcupine && go build -o $(abspath $(BUILD))/porcupine-check .) || echo "chaos: without the second checker, which needs Go and a module"
	@tests/chaos/run $(BUILD)/core/mockfleet $(BUILD)/plugins $$(test ! -x $(BUILD)/porcupine-check || echo --porcupine $(BUILD)/porcupine-check) $(if $(ONLY),--only '$(ONLY)') $(if $(ROUNDS),--rounds $(ROUNDS))

fuzz: test-deps
	@tests/fuzz/run $(or $(SECONDS),60)

soak: build
	node tests/bench/soak.mjs --server $(BUILD)/core/mockfleet --plugin-dir $(BUILD)/plugins --seconds $(or $(SECONDS),600)

clean:
	rm -rf build build-*
