#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn the tables of the published WDDM headers into test_layout.cpp, a cmocka program.

Every structure that lib/dxg/ declares becomes a test, member by member, and so does every
enumeration; structures of ioctls are held against those of include/uapi/misc/d3dkmthk.h, through
the tables of both. The generator refuses headers that declare more or less than the tables and the
lists below, and prototypes that do not take what the ioctl of the same name takes.

Tables (tab-separated, one heading line)
  structs.tsv, enums.tsv    of the published headers, WCHAR of 2 bytes; where a member is itself a
                            structure with a row of its own, its first and last member only
  ../abi/abi-*.tsv          of the ioctls
"""

import argparse
import csv
import pathlib
import re
import sys

HEADERS = ("d3dukmdt.h", "d3dkmdt.h", "d3dkmthk.h")

# Declared by lib/dxg/ for parts of the interface that the tables of the published headers are too
# old for: the structure of the ioctl each has the layout of.
NEWER = {
    "DXGK_ISFEATUREENABLED_RESULT": "dxgk_isfeatureenabled_result",
    "D3DKMT_ISFEATUREENABLED": "d3dkmt_isfeatureenabled",
    "D3DKMT_ENUMPROCESSES": "d3dkmt_enumprocesses",
    "D3DKMT_WAITSYNCFILE": "d3dkmt_waitsyncfile",
    "D3DKMT_OPENSYNCOBJECTFROMSYNCFILE": "d3dkmt_opensyncobjectfromsyncfile",
    "D3DDDI_TESTCOMMANDBUFFER": "d3dddi_testcommand",
    "D3DDDI_DRIVERESCAPE_BUILDTESTCOMMANDBUFFER": "d3dddi_buildtestcommandbuffer",
}
# Parts of those.
PARTS = {"DXGK_FEATURE_ID", "D3DDDI_TESTCOMMANDBUFFEROP", "D3DDDI_TESTCOMMANDBUFFER_COPY",
         "D3DDDI_TESTCOMMANDBUFFER_FILL", "D3DDDI_BUILDTESTCOMMANDBUFFERFLAGS"}
# Names that differ by more than their case.
RENAMED = {"d3dddigpuva_protection_type": "D3DDDIGPUVIRTUALADDRESS_PROTECTION_TYPE"}
# Members of ioctl structures that are room for something, not a member of the published one.
ROOM = {("d3dkmt_getdevicestate", "alignment")}


def rows(path):
    """The rows of a table as dictionaries."""
    with open(path, newline="", encoding="ascii") as table:
        return list(csv.DictReader(table, delimiter="\t", strict=True))


def grouped(table, key):
    """Rows by the value of one column, in the order of first appearance."""
    groups = {}
    for row in table:
        groups.setdefault(row[key], []).append(row)
    return groups


def ioctl_structs(folder):
    """The structures of the ioctls by name."""
    return grouped(rows(folder / "abi-structs.tsv") + rows(folder / "abi-thunk-structs.tsv"),
                   "struct")


def published_name(name):
    """What the structure of an ioctl is called in the published headers."""
    return RENAMED.get(name, name.upper())


def check_coverage(text, structs, enums):
    """Refuse headers whose types are not exactly those of the tables."""
    declared = re.findall(r"^} (\w+);", text, re.MULTILINE)
    wanted = set(structs) | set(enums) | set(NEWER) | PARTS | {"D3DKMT_PTR_TYPE"}
    if len(declared) != len(set(declared)) or set(declared) != wanted:
        sys.exit(f"lib/dxg and the tables differ in {sorted(set(declared) ^ wanted)}")


def check_pair(name, ours, published):
    """Each member of an ioctl's structure is one of the published structure."""
    places = {(row["offset"], row["size"]) for row in published}
    for row in ours:
        field = row["field"].split(".")[-1]
        if field.startswith("reserved") or (name, field) in ROOM or "{anon}" in row["type"]:
            continue
        if row["bits(lsb:width)"] != "-":
            continue  # flags of the same word; newer interfaces have given bits a meaning
        if (row["offset"], row["size"]) not in places and not inside(row, published):
            sys.exit(f"{name}.{row['field']} has no counterpart at offset {row['offset']}")


def inside(row, published):
    """Is a member that is a structure made of published members?"""
    start, end = int(row["offset"]), int(row["offset"]) + int(row["size"])
    parts = [p for p in published if start <= int(p["offset"]) < end]
    return bool(parts) and any(int(p["offset"]) == start for p in parts) and \
        all(int(p["offset"]) + int(p["size"]) <= end for p in parts)


def check_prototypes(text, thunks, ioctls):
    """Each entry point takes a pointer to the structure that its ioctl takes."""
    entries = dict(re.findall(r"^D3DKMT_ENTRY\((\w+), \w+,\s+([^;]*)\);", text, re.MULTILINE))
    entries["OpenAdapterFromLuid"] = "D3DKMT_OPENADAPTERFROMLUID *"
    for name, struct in re.findall(r"^DXG_THUNK\((\w+), \w+,\s+(\w+)\)", thunks, re.M):
        kind = re.fullmatch(r"(?:CONST )?(\w+) \*", entries.get(name, ""))
        if not kind or kind.group(1) != published_name(struct) or struct not in ioctls:
            sys.exit(f"D3DKMT{name}({entries.get(name)}): the ioctl has struct {struct}")


def member_checks(row):
    """The lines that check one member."""
    struct, field = row["struct"], row["field"]
    if row["bits(lsb:width)"] != "-":
        lsb, width = row["bits(lsb:width)"].split(":")
        kind = row["type"] if row["type"].isupper() else "UINT"
        yield (f"CHECK_BITS({struct}, {field}, {kind}, {row['offset']}, {row['size']}, {lsb}, "
               f"{width});")
        return
    yield f"CHECK_FIELD({struct}, {field}, {row['offset']}, {row['size']});"
    if row["array"] != "-":
        yield f"CHECK_ARRAY({struct}, {field}, {row['array']});"


def cases(structs, enums, ioctls):
    """All tests: name and lines."""
    for name, members in structs.items():
        lines = [f"CHECK_SIZE({name}, {members[0]['struct_size']});"]
        for row in members:
            lines += member_checks(row)
        wide = any(row["type"] == "WCHAR" for row in members) or "QUERYSTATISTICS" in name
        yield f"struct_{name}", lines, wide
    for name, values in enums.items():
        yield f"enum_{name}", [f"CHECK_VALUE({v['name']}, {v['value']});" for v in values], False
    pairs = {published_name(name): name for name in ioctls if published_name(name) in structs}
    for name, ours in [*pairs.items(), *NEWER.items()]:
        tag = "union" if ours == "d3dkmt_enumadapters_filter" else "struct"
        yield (f"same_{name}",
               [f"CHECK_SIZE({name}, {ioctls[ours][0]['struct_size']});",
                f"CHECK_SIZE({tag} {ours}, {ioctls[ours][0]['struct_size']});"], False)


def source(tests):
    """The text of test_layout.cpp."""
    names = []
    yield "// SPDX-License-Identifier: MIT"
    yield "// Generated by gen-layout-test.py from the tables of the published headers."
    yield '#include "abi-check.h"'
    yield "#include <wsl/winadapter.h>\n#include <dxg/d3dkmthk.h>\n"
    for name, lines, wide in tests:
        names.append((name, wide))
        yield "#if WCHAR_MAX == 0xffff" if wide else ""
        yield f"static void {name}(void **)\n{{"
        yield from (f"\t{line}" for line in lines)
        yield "}"
        yield "#endif" if wide else ""
    yield "int main()\n{\n\tconst struct CMUnitTest tests[] = {"
    for name, wide in names:
        case = f"\t\tcmocka_unit_test({name}),"
        yield f"#if WCHAR_MAX == 0xffff\n{case}\n#endif" if wide else case
    yield '\t};\n\n\treturn cmocka_run_group_tests_name("layout", tests, nullptr, nullptr);\n}'


def main():
    """Read the tables, compare the headers' names and prototypes, write the test."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--top", type=pathlib.Path, required=True, help="folder of the project")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="C++ source to write")
    args = parser.parse_args()
    here = args.top / "tests" / "published"
    structs = grouped(rows(here / "structs.tsv"), "struct")
    enums = grouped(rows(here / "enums.tsv"), "enum")
    ioctls = ioctl_structs(args.top / "tests" / "abi")
    text = "".join((args.top / "lib" / "dxg" / h).read_text(encoding="utf-8") for h in HEADERS)
    check_coverage(text, structs, enums)
    for name, ours in ioctls.items():
        if published_name(name) in structs:
            check_pair(name, ours, structs[published_name(name)])
    check_prototypes(text, (args.top / "lib" / "thunks.h").read_text(encoding="utf-8"), ioctls)
    args.output.write_text("\n".join(source(cases(structs, enums, ioctls))) + "\n",
                           encoding="ascii")


if __name__ == "__main__":
    main()
