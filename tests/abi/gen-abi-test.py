#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn the tables of the /dev/dxg ABI into test_abi.c, a cmocka program.

Every structure, enumeration and ioctl number becomes one test; the constants share one. The
checks themselves are in abi-check.h. The generator refuses tables it does not understand, and a
header that declares more or less than the tables list, down to the members, so that nothing goes
untested.

Tables (tab-separated, one heading line)
  abi-ioctl.tsv          every ioctl number; rows without a name get one after the libdxg entry
  abi-structs.tsv        every structure of the driver's interface
  abi-thunk-structs.tsv  structures that only libdxg issues, under names of the same style
  enums.tsv, consts.tsv  enumerators and constants; only the rows of d3dkmthk.h
"""

import argparse
import csv
import pathlib
import re
import sys

HEADER = "d3dkmthk.h"
UNIONS = {"d3dkmt_enumadapters_filter"}  # the tables do not tell struct and union apart
ELSEWHERE = {"ntstatus"}                 # not part of this header: include/dxgwire/ntstatus.h
IOCTL_LAST = 0x49


def rows(path, columns):
    """The rows of a table as dictionaries; its heading must start with columns."""
    with open(path, newline="", encoding="ascii") as table:
        reader = csv.DictReader(table, delimiter="\t", strict=True)
        if reader.fieldnames[:len(columns)] != columns:
            sys.exit(f"{path}: unexpected columns {reader.fieldnames}")
        for row in reader:
            if None in row or None in row.values():
                sys.exit(f"{path}:{reader.line_num}: wrong number of columns")
            yield row


def grouped(table, key):
    """Rows by the value of one column, in the order of first appearance."""
    groups = {}
    for row in table:
        groups.setdefault(row[key], []).append(row)
    return groups


def field_type(row):
    """The C type a field has in user space, or None for an unnamed one."""
    if "{anon}" in row["type"]:
        return None
    return "__u64" if row["type"].endswith("*") else row["type"]


def field_checks(owner, row):
    """The lines that check one field."""
    name, offset, size, kind = row["field"], row["offset"], row["size"], field_type(row)
    if row["bits(lsb:width)"] != "-":
        lsb, width = row["bits(lsb:width)"].split(":")
        yield f"CHECK_BITS({owner}, {name}, {kind}, {offset}, {size}, {lsb}, {width});"
        return
    yield f"CHECK_FIELD({owner}, {name}, {offset}, {size});"
    if row["array"] != "-":
        yield f"CHECK_ARRAY({owner}, {name}, {row['array']});"
        name += "[0]"
    if kind:
        yield f"CHECK_TYPE({owner}, {name}, {kind});"


def struct_test(name, fields):
    """The checks of one structure."""
    owner = f"{'union' if name in UNIONS else 'struct'} {name}"
    yield f"CHECK_SIZE({owner}, {fields[0]['struct_size']});"
    for row in fields:
        yield from field_checks(owner, row)


def enum_test(name, values):
    """The checks of one enumeration."""
    yield f"CHECK_SIZE(enum {name}, {values[0]['size']});"
    for row in values:
        yield f"CHECK_VALUE({row['name']}, {row['value']});"


def ioctl_names(row):
    """Macro and structure of an ioctl row."""
    if row["name"] != "-":
        return row["name"], row["struct"]
    return "LX_DX" + row["libdxg_thunk"].upper(), row["struct"].lower()


def read_tables(folder):
    """All tables: structures, enumerations, constants, ioctls."""
    columns = ["struct", "struct_size", "field", "offset", "size", "bits(lsb:width)", "type",
               "array"]
    fields = [*rows(folder / "abi-structs.tsv", columns),
              *rows(folder / "abi-thunk-structs.tsv", columns)]
    structs = grouped((f for f in fields if f["struct"] not in ELSEWHERE), "struct")
    enums = grouped((e for e in rows(folder / "enums.tsv", ["enum", "name", "value", "hex"])
                     if e["from"] == HEADER), "enum")
    consts = [c for c in rows(folder / "consts.tsv", ["name", "value", "hex", "from"])
              if c["from"] == HEADER]
    ioctls = list(rows(folder / "abi-ioctl.tsv", ["name", "nr", "struct", "sizeof", "ioctl"]))
    if [int(i["nr"], 16) for i in ioctls] != list(range(1, IOCTL_LAST + 1)):
        sys.exit("abi-ioctl.tsv: numbers are missing or out of order")
    return structs, enums, consts, ioctls


def check_coverage(text, structs, enums, consts, ioctls):
    """Refuse a header whose names are not exactly those of the tables."""
    enumerators = {e["name"] for values in enums.values() for e in values}
    for pattern, want in (
            (r"^(?:struct|union) (\w+) \{", set(structs)),
            (r"^(?:__extension__ )?enum (\w+) \{", set(enums)),
            (r"^\t(_[A-Z]\w+)(?: =|,)", enumerators),
            (r"^#define (D3D\w+)\s", {c["name"] for c in consts}),
            (r"^#define (LX_\w+)\s", {ioctl_names(i)[0] for i in ioctls})):
        found = re.findall(pattern, text, re.MULTILINE)
        if len(found) != len(set(found)) or set(found) != want:
            sys.exit(f"{HEADER} and the tables differ in {sorted(set(found) ^ want)}")


def check_members(text, structs):
    """Refuse a structure that has members beyond those of the tables, say in its padding."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for name, body in re.findall(r"^(?:struct|union) (\w+) \{$(.*?)^\}", text,
                                 re.MULTILINE | re.DOTALL):
        found = re.findall(r"(\w+)(?:\[\w+\])?(?::\d+)?;", body)
        want = [row["field"].split(".")[-1] for row in structs[name]]
        if sorted(found) != sorted(want):
            sys.exit(f"{HEADER}: {name} has members {found}, the tables have {want}")


def tests(structs, enums, consts, ioctls):
    """All tests: name and lines."""
    for name, fields in structs.items():
        yield f"struct_{name}", struct_test(name, fields)
    for name, values in enums.items():
        yield f"enum_{name}", enum_test(name, values)
    yield "constants", (f"CHECK_VALUE({c['name']}, {c['value']});" for c in consts)
    for row in ioctls:
        macro, struct = ioctl_names(row)
        yield f"ioctl_{row['nr']}_{macro}", [
            f"CHECK_SIZE(struct {struct}, {row['sizeof']});",
            f"CHECK_IOCTL({macro}, {row['nr']}, {row['ioctl']}, struct {struct});"]


def source(cases):
    """The text of test_abi.c."""
    names = []
    yield "/* SPDX-License-Identifier: MIT */"
    yield "/* Generated by gen-abi-test.py from the ABI tables. */"
    yield '#include "abi-check.h"\n'
    for name, lines in cases:
        names.append(name)
        yield f"static void {name}(void **state)\n{{\n\t(void)state;"
        yield from (f"\t{line}" for line in lines)
        yield "}\n"
    yield "int main(void)\n{\n\tconst struct CMUnitTest tests[] = {"
    yield from (f"\t\tcmocka_unit_test({name})," for name in names)
    yield '\t};\n\n\treturn cmocka_run_group_tests_name("abi", tests, NULL, NULL);\n}'


def main():
    """Read the tables, compare the header's names, write the test."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tables", type=pathlib.Path, required=True, help="folder of the tables")
    parser.add_argument("--header", type=pathlib.Path, required=True, help=HEADER)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="C source to write")
    args = parser.parse_args()
    tables = read_tables(args.tables)
    header = args.header.read_text(encoding="utf-8")
    check_coverage(header, *tables)
    check_members(header, tables[0])
    args.output.write_text("\n".join(source(tests(*tables))) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
