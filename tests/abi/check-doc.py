#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are docs/abi.md and docs/defects.md complete and true of the tree?

usage: check-doc.py SOURCE_ROOT

Every ioctl of tests/abi/abi-ioctl.tsv that libdxg or the module knows has a row under its number
and name, with no empty cell; and every test that a row names is there: the program, and the case
in it ("*" stands for any ending).

Every defect and every cost has exactly one row, with no empty cell; its tests are there, or it says
"no test: why"; and every function that it names is in kernel/, include/ or host/.
"""
import csv
import fnmatch
import os
import re
import sys

PROGRAMS = {
    "A": "tests/api/test_api_{}.c",
    "K": "tests/kernel/test_{}.c",
    "KUnit": "kernel/tests/test_{}.c",
    "L": "tests/lib/test_{}.c",
    "P": "tests/protocol/test_{}.c",
    "U": "tests/unit/test_{}.c",
}
COLUMNS = 6
TEST = re.compile(r"(KUnit|[AKLPU])(?:\.(\w+))?")
CASE = re.compile(r"^static void (?:test_)?(\w+)\((?:void \*\*state|struct kunit \*test)\)", re.M)
DEFECTS = {"D": 58, "P": 18}
DEFECT_COLUMNS = 5
NO_TEST = re.compile(r"no test: \S")
FUNCTION = re.compile(r"`(\w+)\(\)`")
FUNCTION_DIRS = ("kernel", "include", "host")


def rows(path):
    """(number, name, cells) of each row of the table."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("| 0x"):
                cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
                yield int(cells[0], 16), cells[1], cells


def test_errors(root, text):
    """What is wrong with the tests of one row: groups "A.x: case, case" with ";" between."""
    for group in text.split(";"):
        name, _, cases = group.strip().partition(":")
        match = TEST.fullmatch(name.strip())
        if not match:
            yield f"'{group.strip()}' names no test"
            continue
        path = PROGRAMS[match[1]].format(match[2] or "ioctl")
        if not os.path.exists(os.path.join(root, path)):
            yield f"there is no {path}"
            continue
        with open(os.path.join(root, path), encoding="utf-8") as f:
            there = CASE.findall(f.read())
        for case in filter(None, (c.strip() for c in cases.split(","))):
            if not fnmatch.filter(there, case):
                yield f"{path} has no case '{case}'"


def table_errors(root):
    """What is wrong with docs/abi.md."""
    found = {}
    for number, name, cells in rows(os.path.join(root, "docs/abi.md")):
        where = f"0x{number:02x} {name}"
        if number in found:
            yield f"{where}: a second row"
        found[number] = name
        if len(cells) != COLUMNS or not all(cells):
            yield f"{where}: {len(cells)} cells, or an empty one"
            continue
        for error in test_errors(root, cells[-1]):
            yield f"{where}: {error}"
    with open(os.path.join(root, "tests/abi/abi-ioctl.tsv"), encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            if found.get(int(row["nr"], 16), "") == "":
                yield f"{row['nr']} {row['libdxg_thunk']}: no row"


def sources(root):
    """The text of all C files in which a named function may be."""
    for top in FUNCTION_DIRS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith((".c", ".h")) and "tests" not in folder:
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        yield f.read()


def defect_row_errors(root, cells, text):
    """What is wrong with one row of docs/defects.md. @text: all sources."""
    for name in FUNCTION.findall(" ".join(cells[:-1])):
        # The name of a kernel function that ours calls counts, a part of a name does not.
        if not re.search(rf"\b{name}\(", text):
            yield f"there is no {name}()"
    tests = [g.strip() for g in cells[-1].split(";") if not NO_TEST.match(g.strip())]
    if tests:
        yield from test_errors(root, "; ".join(tests))


def defect_errors(root):
    """What is wrong with docs/defects.md."""
    missing = {f"{kind}-{i:02}" for kind, n in DEFECTS.items() for i in range(1, n + 1)}
    text = "\n".join(sources(root))
    with open(os.path.join(root, "docs/defects.md"), encoding="utf-8") as f:
        lines = [line for line in f if re.match(r"\| [DP]-", line)]
    for line in lines:
        cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
        if cells[0] not in missing:
            yield f"{cells[0]}: a second row, or a number that is none"
        missing.discard(cells[0])
        if len(cells) != DEFECT_COLUMNS or not all(cells):
            yield f"{cells[0]}: {len(cells)} cells, or an empty one"
            continue
        for error in defect_row_errors(root, cells, text):
            yield f"{cells[0]}: {error}"
    for number in sorted(missing):
        yield f"{number}: no row"


def main():
    root = sys.argv[1]
    bad = [f"docs/abi.md: {line}" for line in table_errors(root)]
    bad += [f"docs/defects.md: {line}" for line in defect_errors(root)]
    for line in bad:
        print(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
