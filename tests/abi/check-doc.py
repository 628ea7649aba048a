#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is docs/abi.md complete and true of the tree?

usage: check-doc.py SOURCE_ROOT

Every ioctl of tests/abi/abi-ioctl.tsv that libdxg or the module knows has a row under its number
and name, with no empty cell; and every test that a row names is there: the program, and the case
in it ("*" stands for any ending).
"""
import csv
import fnmatch
import os
import re
import sys

PROGRAMS = {
    "A": "tests/api/test_api_{}.c",
    "K": "tests/kernel/test_{}.c",
    "L": "tests/lib/test_{}.c",
    "P": "tests/protocol/test_{}.c",
    "U": "tests/unit/test_{}.c",
}
COLUMNS = 6
TEST = re.compile(r"([AKLPU])(?:\.(\w+))?")
CASE = re.compile(r"^static void (?:test_)?(\w+)\(void \*\*state\)", re.M)


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


def errors(root):
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


def main():
    bad = list(errors(sys.argv[1]))
    for line in bad:
        print(f"docs/abi.md: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
