#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gen-grammar.py TABLES ANNOTATIONS PRIVATE: prints grammar.c, what the ioctl fuzzer knows of each ioctl.

TABLES is tests/abi: every ioctl, struct, field, bit and enum value of the interface. What a field means is
taken from its type and name (handles by noun, counts by the array they stand beside, reserved fields);
ANNOTATIONS says it where names do not, one line each. PRIVATE holds structs of our own in the format of
abi-structs.tsv: arguments of ioctls that are not of the inherited interface (NAME=NUMBER in the last column, NAME as in misc/opendxg.h), and
what travels as private data. A new ioctl in the tables is fuzzed without a change.
"""
import collections
import csv
import os
import re
import sys

SCALARS = {"__u8": 1, "__u16": 2, "__u32": 4, "__u64": 8, "int": 4, "char": 1, "__s32": 4}

# Noun in a field's name -> kind of handle.
NOUNS = [
    (r"hw_?queue|^queue$", "HWQUEUE"),
    (r"paging_queue", "PAGING_QUEUE"),
    (r"hw_context", "HWCONTEXT"),
    (r"context", "CONTEXT"),
    (r"global_share|shared_handle", "GLOBAL"),
    (r"resource", "RESOURCE"),
    (r"alloc|primaries|history_buffer", "ALLOCATION"),
    (r"sync|object|fence", "SYNC"),
    (r"device", "DEVICE"),
    (r"adapter", "ADAPTER"),
]
# Noun in the name of a 64-bit field -> what it is.
WORDS = [
    (r"nt_handle|^shared_handle$", "FD_SHARED"),
    (r"sync_file_handle", "FD_SYNC"),
    (r"event", "FD_EVENT"),
    (r"fence_value|fence_id", "FENCE"),
    (r"process", "PID"),
    (r"size_in_pages|offset_in_pages", "PAGES"),
    (r"address|gpu_va|command_buffer", "VA"),
    (r"size|length|offset|bytes", "BYTES"),
]

Field = collections.namedtuple("Field", "name offset size role kind elem count values array mask optional")


def rows(path):
    with open(path, encoding="ascii") as f:
        return list(csv.DictReader((l for l in f if not l.startswith("#")), delimiter="\t"))


def first(table, name):
    return next((kind for pattern, kind in table if re.search(pattern, name)), None)


class Grammar:
    def __init__(self, tables, annotations, private):
        self.structs = collections.OrderedDict()
        for name in ("abi-structs.tsv", "abi-thunk-structs.tsv"):
            self.add_structs(rows(os.path.join(tables, name)))
        ours = rows(private)
        self.own = []
        self.add_structs(ours)
        self.enums = collections.defaultdict(list)
        for row in rows(os.path.join(tables, "enums.tsv")):
            self.enums[row["enum"]].append(int(row["value"]) & 0xffffffff)
        self.ioctls = rows(os.path.join(tables, "abi-ioctl.tsv"))
        for row in ours:
            name, _, number = row["reached_from_ioctl"].partition("=")
            if number:
                self.ioctls.append({"libdxg_thunk": name, "ioctl": number, "struct": row["struct"]})
                self.own.append((name, number, row["struct"], row["struct_size"]))
        self.notes = {}
        for row in rows(annotations):
            self.notes[(row["struct"], row["field"])] = row
        self.used = set()
        self.flat = collections.OrderedDict()

    def add_structs(self, table):
        for row in table:
            self.structs.setdefault(row["struct"], []).append(row)

    def note(self, struct, field):
        self.used.add((struct, field))
        return self.notes.get((struct, field))

    def size_of(self, ctype):
        if ctype in SCALARS:
            return SCALARS[ctype]
        if ctype.startswith("enum"):
            return 4
        return int(self.structs[ctype.split()[-1]][0]["struct_size"])

    def leaves(self, struct, base=0, prefix=""):
        """Leaf fields of a struct with nested ones in place: (path, owner, row, offset)."""
        listed = self.structs[struct]
        for row in listed:
            ctype, name = row["type"], row["field"]
            if "{anon}" in ctype or row["bits(lsb:width)"] != "-":
                continue
            inner = ctype.split()[-1]
            offset = base + int(row["offset"])
            if ctype.startswith(("struct", "union")) and not ctype.endswith("*") and \
                    inner not in ("d3dkmthandle", "winluid"):
                yield from self.leaves(inner, offset, prefix + name + ".")
            else:
                yield prefix + name, struct, row, offset

    def known_bits(self, struct, row):
        """Bits of the named bit-fields that lie in the same word as @row."""
        mask = 0
        for other in self.structs[struct]:
            bits = other["bits(lsb:width)"]
            if bits == "-" or other["offset"] != row["offset"] or "reserved" in other["field"]:
                continue
            lsb, width = map(int, bits.split(":"))
            mask |= ((1 << width) - 1) << lsb
        return mask

    def role(self, struct, path, owner, row):
        """(role, kind, element, count name, enum values, mask) of one leaf."""
        name, ctype = row["field"], row["type"]
        note = self.note(owner, name) or self.note(struct, path)
        kind = elem = count = "-"
        if note:
            kind, elem, count = note["kind"], note["elem"], note["count"]
            if note["role"] == "FLAGS":
                return "FLAGS", "-", "-", "-", [int(v, 0) for v in kind.split(";")], self.known_bits(owner, row)
            if note["role"] not in ("-", "OPTIONAL") or note["role"] == "OPTIONAL" and not ctype.endswith("*"):
                return note["role"], kind, elem, count, [], 0
        leaf = name.split(".")[-1]
        bits = self.known_bits(owner, row)
        if ctype.startswith("enum") and not ctype.endswith("*"):
            return "ENUM", "-", "-", "-", self.enums[ctype.split()[-1]], 0
        if re.match(r"reserved|unused|alignment|pad", leaf):
            return "RESERVED", "-", "-", "-", [], 0
        if ctype.endswith("*"):
            return self.pointer(struct, path, name, ctype, kind, elem, count)
        if "d3dkmthandle" in ctype:
            return "HANDLE", kind if kind != "-" else first(NOUNS, leaf) or "ANY", "-", "-", [], 0
        if "winluid" in ctype:
            return "LUID", "-", "-", "-", [], 0
        if bits or re.search(r"flags|value$", leaf) and "fence" not in leaf:
            return "FLAGS", "-", "-", "-", [], bits
        if row["size"] == "8":
            return first(WORDS, leaf) or "VALUE", "-", "-", "-", [], 0
        return "VALUE", "-", "-", "-", [], 0

    def pointer(self, struct, path, name, ctype, kind, elem, count):
        target = ctype.rstrip("*").strip()
        if count == "-":
            count = self.find_count(struct, path, name)
        if target == "void":
            if elem == "-" and count == "-":
                return "USER_OUT", "-", "-", "-", [], 0
            return "BLOB", "-", elem, count, [], 0
        if "d3dkmthandle" in target:
            kind = kind if kind != "-" else first(NOUNS, name) or "ANY"
            return "HANDLES", kind, "-", count, [], 0
        if target.startswith("struct"):
            return "STRUCTS", "-", target.split()[-1], count, [], 0
        width = self.size_of(target)
        kind = first(WORDS, name) if width == 8 else None
        return ("WORDS8" if width == 8 else "WORDS4"), kind or "VALUE", "-", count, [], 0

    def find_count(self, struct, path, name):
        """The field that says how long the array @name is, by what such fields are called."""
        stem = name[:-1] if name.endswith("s") else name
        names = [f"{name}_size", f"{name}_count", f"{stem}_count", f"num_{name}", f"{name}_array_size",
                 f"{stem}_list_count"]
        if re.search("alloc", name):
            names += ["alloc_count", "allocation_count"]
        names += {"residency_status": ["allocation_count"], "priorities": ["allocation_count"],
                  "priority_list": ["alloc_count"], "resources": ["allocation_count"],
                  "discarded": ["allocation_count"], "results": ["allocation_count"],
                  "fence_values": ["object_count"], "monitored_fence_values": ["object_count"],
                  "shared_handle": ["object_count"], "adapters": ["num_adapters", "adapter_count"],
                  "history_buffer_array": ["num_history_buffers"], "buffer": ["buffer_count"],
                  "operations": ["num_operations"], "open_alloc_info": ["allocation_count"],
                  "open_alloc_info2": ["allocation_count"]}.get(name, [])
        prefix = path[:len(path) - len(name)]
        there = {r["field"] for r in self.structs[struct]}
        return next((prefix + n for n in names if prefix + n in there), "-")

    def flatten(self, struct):
        """Adds @struct and what its pointers lead to; the counts become indices of fields."""
        if struct in self.flat:
            return
        self.flat[struct] = []
        found = []
        for path, owner, row, offset in self.leaves(struct):
            role, kind, elem, count, values, mask = self.role(struct, path, owner, row)
            array = int(row["array"]) if row["array"] not in ("-", "") else 1
            width = int(row["size"]) // array
            if "d3dkmthandle" in row["type"] and array > 1:
                role = "HANDLE"
                count = self.notes.get((struct, path), {"count": count})["count"]
            note = self.note(owner, row["field"])
            optional = int(row["type"].endswith("*") and note is not None and note["role"] == "OPTIONAL")
            found.append(Field(path, offset, width, role, kind, elem, count, values, array, mask, optional))
        order = {f.name: i for i, f in enumerate(found)}
        counts = {f.count: i for i, f in enumerate(found) if f.count in order}
        for f in found:
            if f.name in counts and f.role not in ("HANDLE",):
                f = f._replace(role="COUNT", elem=str(counts[f.name]))
            f = f._replace(count=str(order.get(f.count, -1)))
            self.flat[struct].append(f)
        for f in found:
            if f.role in ("STRUCTS", "BLOB") and f.elem != "-":
                self.flatten(f.elem)

    def build(self):
        for ioctl in self.ioctls:
            self.flatten(ioctl["struct"].lower())
        unknown = [k for k in self.notes if k not in self.used]
        if unknown:
            sys.exit(f"annotations of fields that do not exist: {unknown}")

    def emit(self):
        index = {name: i for i, name in enumerate(self.flat)}
        print("/* Made by gen-grammar.py; do not edit. */\n#include \"grammar.h\"\n#include \"misc/opendxg.h\"\n")
        for name, number, struct, size in self.own:
            print(f"_Static_assert({name} == {number}u && sizeof(struct {struct}) == {size}, \"private.tsv\");")
        for name, fields in self.flat.items():
            for i, f in enumerate(fields):
                if f.values:
                    print(f"static const uint32_t {name}_{i}[] = {{ {', '.join(map(str, f.values))} }};")
            print(f"static const struct field {name}_fields[] = {{")
            for i, f in enumerate(fields):
                elem = f.elem if f.elem.isdigit() else index.get(f.elem, -1)
                values = f"{name}_{i}, {len(f.values)}" if f.values else "NULL, 0"
                kind = f.kind if f.kind != "-" else "NONE"
                role = f.role
                if role in ("WORDS4", "WORDS8"):
                    kind = f"ROLE_{kind}"
                elif role == "CONST":
                    kind = f.kind
                else:
                    kind = f"KIND_{kind}"
                print(f'\t{{ "{f.name}", {f.offset}, {f.size}, {f.array}, ROLE_{role}, {kind}, '
                      f"{elem}, {f.count}, {values}, {f.mask:#x}u, {f.optional} }},")
            print("};")
        print("\nconst struct layout layouts[] = {")
        for name, fields in self.flat.items():
            size = self.structs[name][0]["struct_size"]
            print(f'\t{{ "{name}", {size}, {len(fields)}, {name}_fields }},')
        print("};\nconst struct ioctl_desc ioctls[] = {")
        for row in self.ioctls:
            print(f'\t{{ "{row["libdxg_thunk"] if row["libdxg_thunk"] != "-" else row["name"]}", '
                  f'{row["ioctl"]}u, {index[row["struct"].lower()]} }},')
        print("};\nconst unsigned int ioctl_count = sizeof(ioctls) / sizeof(ioctls[0]);")


def main():
    grammar = Grammar(*sys.argv[1:4])
    grammar.build()
    grammar.emit()


main()
