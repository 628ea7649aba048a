#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test_vm_run.sh [KERNEL...] - what vm-run promises, tried with real boots of each kernel (default:
# 6.1). Every case is one function; each says what it found when it fails. Ends with cmocka's summary
# lines. Skips (77) where no VM can be made.

# shellcheck disable=SC1003,SC2016,SC2034 # shell text as test data, on purpose

set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
vm_run=$top/tools/vm/vm-run
passed=0 failed=0
work=$(mktemp -d "${TMPDIR:-/tmp}/test vm'run.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work
cd "$work" || exit 1

wrong() { printf '    %s\n' "$*"; return 1; }

# Fails unless $2 is $3; $1 says what it is.
same() { [ "$2" = "$3" ] || wrong "$1 is '$2', not '$3'"; }

# Runs a command in a VM; leaves stdout, stderr and status in files out and err and in $status.
vm() {
	"$vm_run" --quiet --kernel "$kernel" "$@" >out 2>err </dev/null
	status=$?
}

# True when no process is left that has $work in its command line, as each QEMU of ours has.
nothing_left() {
	! pgrep -f "qemu.*$work" >/dev/null || wrong "QEMU still runs"
	[ -z "$(find "$work" -maxdepth 1 -name 'opendxg-vm.*')" ] || wrong "a temporary folder is left"
}

test_output_and_status() {
	vm -- sh -c 'echo to stdout; printf "to\0stderr\r\n" >&2; exit 203'
	same status "$status" 203 && same stdout "$(<out)" "to stdout" &&
		same stderr "$(od -An -c err | tr -d ' \n')" 'to\0stderr\r\n'
}

test_status_of_signal() {
	vm -- sh -c 'kill -SEGV $$'
	same status "$status" 139
}

test_status_of_missing_command() {
	vm -- "no such command"
	same status "$status" 127
}

test_arguments_survive() {
	local args=("two  words" "it's" '"q"' $'new\nline' '' '$HOME `id` \' '-x' '*' $'\xff\x01' 'a=b')

	vm -- printf '<%s>' "${args[@]}"
	same status "$status" 0 && same output "$(<out)" "$(printf '<%s>' "${args[@]}")"
}

test_working_directory() {
	mkdir -p "sub dir"
	echo "from the host" >"sub dir/file"
	cd "sub dir" || return 1
	vm -- sh -c 'pwd; cat file; test . -ef "$PWD"'
	same status "$status" 0 && same stdout "$(<out)" "$work/sub dir"$'\n'"from the host"
	local result=$?
	cd "$work" || return 1
	return "$result"
}

test_working_directory_in_shm() {
	local dir result

	dir=$(mktemp -d /dev/shm/test-vm-run.XXXXXX)
	echo "from shm" >"$dir/file"
	cd "$dir" || return 1
	vm -- sh -c 'pwd; cat file; echo changed >file && cat file'
	cd "$work" || return 1
	mv "$dir/out" "$dir/err" .
	same status "$status" 0 && same stdout "$(<out)" "$dir"$'\nfrom shm\nchanged' &&
		same "the host's file" "$(<"$dir/file")" "from shm"
	result=$?
	rm -rf "$dir"
	return "$result"
}

test_writes_stay_inside() {
	echo before >file
	vm -- sh -c 'echo after >file && cat file && echo new >new && rm out && mkdir /opendxg-vm-test'
	same status "$status" 0 && same "inside" "$(<out)" after && same "outside" "$(<file)" before &&
		{ [ ! -e new ] || wrong "a new file arrived at the host"; } &&
		{ [ ! -e /opendxg-vm-test ] || wrong "a new folder arrived in the host's root"; }
}

test_environment() {
	SECRET=x FROM="of the caller" vm --env A="b  'c'" --env FROM --env NONE -- \
		sh -c 'echo "$A|$FROM|${NONE-unset}|${SECRET-unset}|$HOME"'
	same stdout "$(<out)" "b  'c'|of the caller|unset|unset|$HOME"
}

# A reader that is slower than the guest must lose nothing, not even at the end.
test_much_output_slow_reader() {
	local sum

	sum=$("$vm_run" --quiet --kernel "$kernel" -- head -c 3000000 "$(command -v bash)" 2>err |
		{ sleep 9; md5sum; })
	same sum "$sum" "$({ head -c 3000000 "$(command -v bash)"; } | md5sum)"
}

test_stragglers_do_not_hold() {
	vm --timeout 60 -- sh -c 'sleep 1000 & sleep 1000 >/dev/null 2>&1 & echo done'
	same status "$status" 0 && same stdout "$(<out)" "done"
}

# What the command wrote counts even when it is killed with the rest of its session's children.
test_output_before_end() {
	vm -- sh -c 'setsid sleep 1000 & head -c 200000 /dev/zero; kill -9 0'
	same status "$status" 137 && same size "$(stat -c %s out)" 200000
}

test_stdin_is_empty() {
	echo typed | "$vm_run" --quiet --kernel "$kernel" -- cat >out 2>err
	same status "$?" 0 && same stdout "$(<out)" ""
}

test_timeout() {
	vm --timeout 15 -- sh -c 'echo before; sleep 1000'
	same status "$status" 124 && same stdout "$(<out)" before && nothing_left
}

test_boot_that_hangs() {
	vm --timeout 4 --append 'rdinit=/bin/cat' -- true
	same status "$status" 124 && nothing_left
}

# A kernel that has not come to the first program is given a second chance, and no third.
test_kernel_that_hangs() {
	OPENDXG_VM_BOOT_LIMIT=1 vm --accel tcg -- true
	same status "$status" 125 && nothing_left &&
		same "second chances" "$(grep -c 'stood still while it booted; trying once more' err)" 1 &&
		{ tail -n 1 err | grep -q 'has not booted after' || wrong "the last line does not say why"; }
}

test_panic() {
	vm --dmesg messages -- sh -c 'echo c >/proc/sysrq-trigger'
	same status "$status" 125 && nothing_left &&
		{ grep -q 'Kernel panic' err || wrong "stderr does not show the panic"; } &&
		{ grep -q 'Kernel panic' messages || wrong "--dmesg does not have the panic"; }
}

test_dmesg() {
	vm --dmesg messages -- sh -c 'echo opendxg marker >/dev/kmsg'
	same status "$status" 0 &&
		{ grep -q 'Linux version' messages || wrong "the start is missing"; } &&
		{ grep -q 'opendxg marker' messages || wrong "the end is missing"; }
}

test_usage_errors() {
	vm
	same "status without a command" "$status" 2 || return 1
	vm --timeout soon -- true
	same "status of a bad number" "$status" 2 || return 1
	vm --no-such-option 1 -- true
	same "status of an unknown option" "$status" 2 || return 1
	vm --module "$work/none.ko" -- true
	same "status without the module" "$status" 125 || return 1
	vm --ivshmem "$work/none.sock" -- true
	same "status without the server" "$status" 125 && nothing_left
}

# Starts a VM, waits until its command runs, and sends signal $1 to vm-run.
kill_vm_run() {
	local line

	rm -f pipe
	mkfifo pipe
	"$vm_run" --quiet --kernel "$kernel" -- sh -c 'echo runs; sleep 1000' >pipe 2>err &
	exec 3<pipe
	read -r line <&3
	kill -"$1" $!
	wait $! 2>/dev/null
	status=$?
	# The guest's output ends when the last process that could write it has gone.
	read -r -t 20 line <&3
	same "end of the output" "$?" 1
	exec 3<&-
}

test_terminated() {
	kill_vm_run TERM && same status "$status" 143 && nothing_left
}

test_killed() {
	kill_vm_run KILL && same status "$status" 137 && ! pgrep -f "qemu.*$work"
	local result=$?
	rm -rf "$work"/opendxg-vm.*
	return "$result"
}

test_reader_gone() {
	timeout 60 "$vm_run" --quiet --kernel "$kernel" -- sh -c 'yes' 2>err | head -n 1 >out
	same status "${PIPESTATUS[0]}" 141 && same stdout "$(<out)" y && nothing_left
}

run() {
	printf '[ RUN      ] %s %s\n' "$kernel" "$1"
	if "$1"; then
		printf '[       OK ] %s %s\n' "$kernel" "$1"
		passed=$((passed + 1))
	else
		printf '[  FAILED  ] %s %s\n' "$kernel" "$1"
		tail -n 5 err | sed 's/^/    | /'
		failed=$((failed + 1))
	fi
}

for tool in qemu-system-x86_64 busybox cpio modprobe xz; do
	command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
[ $# -gt 0 ] || set -- 6.1
for kernel; do
	"$top/scripts/fetch-kernel" "$kernel" >/dev/null || { echo "SKIP: no kernel $kernel"; exit 77; }
	for case in $(compgen -A function test_); do
		[ -z "${ONLY-}" ] || [ "$case" = "$ONLY" ] || continue
		run "$case"
	done
done
echo "[==========] $((passed + failed)) test(s) run."
echo "[  PASSED  ] $passed test(s)."
[ "$failed" = 0 ] || { echo "[  FAILED  ] $failed test(s)"; exit 1; }
