# SPDX-License-Identifier: MIT
# Thin front of the meson build (user space) and Kbuild (the module). Every target first installs
# what this machine lacks (as root; otherwise it prints the one command to run).
#
#   make          build everything            make demo     the whole road, shown
#   make test     all tests, all kernels      make bench    figures, build/bench.json
#   make fuzz     /dev/dxg, for FUZZ_SECONDS  (30 minutes)
#   make test-debug  everything on the debug kernel: all programs through /dev/dxg (10 minutes and more)
#   make install  into PREFIX (DESTDIR works) make clean    remove the build directories
#   make check-kernel  the module's sources against checkpatch and kernel-doc
#   make dkms     build/opendxg-dkms_VERSION_all.deb: the module's sources, for guests

PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build
FUZZ_SECONDS ?= 1800

.PHONY: all deps user module demo test test-debug fuzz bench check-kernel dkms install format clean

all: user module

deps:
	@scripts/install-deps

user: deps
	@scripts/build-user $(BUILD)

module: deps
	@scripts/build-module 6.1 $(BUILD)/kernel-6.1
	@scripts/build-module 6.12 $(BUILD)/kernel-6.12

demo: user
	@scripts/build-module 6.1 $(BUILD)/kernel-6.1
	@demo/run-demo $(BUILD)

test: deps
	@scripts/run-all-tests $(BUILD)

test-debug: user
	@scripts/build-module debug $(BUILD)/kernel-debug
	@scripts/build-module kunit $(BUILD)/kernel-kunit
	@ALL=1 tests/vm/run-api-vm $(BUILD) debug $(BUILD)/test-debug.results

fuzz: user
	@scripts/build-module debug $(BUILD)/kernel-debug
	@fuzz/ioctl/run-fuzz $(BUILD) $(FUZZ_SECONDS)

bench: user
	@scripts/build-module 6.1 $(BUILD)/kernel-6.1
	@bench/run-bench $(BUILD)

check-kernel: deps
	@scripts/check-kernel

dkms:
	@scripts/build-dkms $(BUILD)

install: user
	@scripts/install $(BUILD) "$(PREFIX)" "$(DESTDIR)"

format:
	@git ls-files '*.c' '*.h' | grep -v '^include/uapi/' | xargs clang-format -i

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-clang
