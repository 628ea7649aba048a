#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the meson tests of build directories and counts single test cases.

usage: run-tests.py [--suite NAME]... [--no-suite NAME]... [--results FILE] BUILDDIR...
       run-tests.py --log FILE [--label TEXT] [--results FILE]

Every meson test is run with the command, environment and time limit that meson knows. cmocka
programs report their cases ("[  PASSED  ] 3 test(s)"), each of which counts; a program without
such lines counts as one case: exit status 0 passed, 77 skipped, else failed. A line "SKIP: why" of
a skipped test is shown as its reason. Prints one line per test, the output of failed ones, and at
the end `N passed, N failed, N skipped`. --results appends the three counts to FILE.

--log runs nothing: FILE is what tests/vm/run-programs printed. A program without its end in it (the
machine went down) has failed.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

CASE = re.compile(r"^\[\s+(PASSED|FAILED|SKIPPED)\s+\] (\d+) test\(s\)", re.M)
NAMED = re.compile(r"^\[\s+SKIPPED \] (?!\d+ test)(\S+)", re.M)
REASON = re.compile(r"^(?:# )?SKIP(?:PED)?: (.*)$", re.M)
LOGGED = re.compile(r"^@@@ begin (.*)\n((?:(?!@@@ ).*\n)*)(?:@@@ end (\d+) (\d+)\n)?", re.M)


def introspect(build):
    out = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)


def count(output, status):
    """(passed, failed, skipped) of one program's output and exit status."""
    found = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for kind, number in CASE.findall(output):
        found[kind] += int(number)
    passed, failed, skipped = found["PASSED"], found["FAILED"], found["SKIPPED"]
    if passed + failed + skipped == 0:
        return (int(status == 0), int(status not in (0, 77)), int(status == 77))
    if status not in (0, 77) and failed == 0:
        failed = 1
    return passed, failed, skipped


def run(test, build):
    env = dict(os.environ, **{k: v for k, v in test.get("env", {}).items()})
    limit = test.get("timeout") or 30
    start = time.monotonic()
    with subprocess.Popen(test["cmd"], env=env, cwd=test.get("workdir") or build,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace",
                          start_new_session=True) as proc:
        try:
            output, _ = proc.communicate(timeout=limit)
            status = proc.returncode
        except subprocess.TimeoutExpired:
            os.killpg(proc.pid, signal.SIGKILL)
            output, _ = proc.communicate()
            output += f"\ntimed out after {limit} s\n"
            status = -1
    return output, status, time.monotonic() - start


def wanted(test, args):
    suites = {s.split(":")[-1] for s in test["suite"]}
    if args.suite and not suites & set(args.suite):
        return False
    return not suites & set(args.no_suite)


def report(label, result, seconds, output):
    passed, failed, skipped = result
    word = "FAIL" if failed else "skip" if skipped and not passed else "ok"
    extra = f", {skipped} skipped" if skipped else ""
    print(f"{word:4} {label:44} {passed:4} passed, {failed} failed{extra}  {seconds:6.1f} s")
    if skipped:
        names = NAMED.findall(output)
        reasons = REASON.findall(output)
        for reason in dict.fromkeys(reasons or names):
            print(f"       skipped: {reason}")
    if failed:
        print("\n".join("     | " + line for line in output.splitlines()[-60:]))
    sys.stdout.flush()


def logged(path):
    """(name, output, status, seconds) of each program in a log of run-programs."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read() + "\n"
    for command, output, status, seconds in LOGGED.findall(text):
        if not status:
            output += "no end: the machine went down, or was stopped\n"
        yield (os.path.basename(command.split()[0]), output, int(status or -1), float(seconds or 0))


def built(args):
    """(label, output, status, seconds) of each test of the build directories, run now."""
    for build in args.build:
        for test in introspect(build):
            if wanted(test, args):
                yield (f"{os.path.basename(build)}: {test['name']}", *run(test, build))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suite", action="append", default=[])
    parser.add_argument("--no-suite", action="append", default=[])
    parser.add_argument("--results")
    parser.add_argument("--log")
    parser.add_argument("--label", default="log")
    parser.add_argument("build", nargs="*")
    args = parser.parse_args()
    if bool(args.log) == bool(args.build):
        parser.error("either --log FILE or build directories")
    results = ((f"{args.label}: {name}", *rest) for name, *rest in logged(args.log)) \
        if args.log else built(args)
    total = [0, 0, 0]
    for label, output, status, seconds in results:
        result = count(output, status)
        report(label, result, seconds, output)
        total = [a + b for a, b in zip(total, result)]
    if args.results:
        with open(args.results, "a", encoding="utf-8") as f:
            f.write("{} {} {}\n".format(*total))
    print("{} passed, {} failed, {} skipped".format(*total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
