#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the symbols that a library exports against what it is to export.

usage: check-exports.py libdxg TABLE HEADER WINDOWS LIBRARY
       check-exports.py libdxcore LIBRARY

TABLE is abi-ioctl.tsv, whose last column has the names of the published library; what HEADER, libdxg.h,
declares beyond those is called Opendxg... and has a version of its own. WINDOWS is dxg/d3dkmthk.h: it
declares all that has no display in it. Everything is exported with its version, and nothing else is.
"""
import csv
import re
import subprocess
import sys

# Entry points of ours for ioctls that the published library has no name for, and the one name that
# does not stand in the table of ioctls.
OURS = ["WaitSyncFile", "OpenSyncObjectFromSyncFile", "EnumProcesses", "IsFeatureEnabled",
        "ShareObjects"]

# What the published library exports beside its thunks of ioctls, but for names that only C++ could
# have reached (its headers do not declare them).
LEGACY = ["AcquireKeyedMutex2", "CloseDxCoreDevice", "CreateKeyedMutex2", "CreateProtectedSession",
          "CreateSynchronizationObject", "DestroyAllocation", "DestroyKeyedMutex",
          "DestroyProtectedSession", "Lock", "OpenKeyedMutex2", "OpenNtHandleFromName",
          "OpenProtectedSessionFromNtHandle", "OpenSyncObjectNtHandleFromName",
          "QueryProtectedSessionInfoFromNtHandle", "QueryProtectedSessionStatus",
          "ReleaseKeyedMutex2", "SetStablePowerState", "SignalSynchronizationObject", "Unlock",
          "WaitForSynchronizationObject"]
DISPLAY = ["GetMultisampleMethodList", "Present", "SetDisplayPrivateDriverFormat",
           "SetQueuedLimit", "SubmitPresentToHwQueue"]


def exported(library):
    """name@@version of all dynamic symbols that are defined, the versions themselves left out."""
    out = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", library],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split() for line in out.splitlines()]
    return {row[-1] for row in rows if row[-2] != "A"}


def extensions(header):
    with open(header, encoding="utf-8") as f:
        return set(re.findall(r"^DXG_API .*?\b(Opendxg\w+)\(", f.read(), re.M | re.S))


def declared(header):
    with open(header, encoding="utf-8") as f:
        return set(re.findall(r"^(?:D3DKMT_ENTRY\(|EXTERN_C \w+ APIENTRY D3DKMT)(\w+)", f.read(), re.M))


def libdxg(table, header, windows):
    with open(table, encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    names = [row["libdxg_thunk"] for row in rows if row["libdxg_thunk"] != "-"]
    assert len(names) == 69, f"{len(names)} names in the table"
    names += OURS + LEGACY
    if declared(windows) != set(names):
        sys.exit(f"{windows}: wrong or missing {sorted(declared(windows) ^ set(names))}")
    return ({f"D3DKMT{name}@@LIBDXG_1.0" for name in names + DISPLAY} |
            {f"{name}@@OPENDXG_1.0" for name in extensions(header)} |
            {"dxg_stats@@LIBDXG_PRIVATE"})


def main():
    if sys.argv[1] == "libdxg":
        wanted = libdxg(*sys.argv[2:5])
    else:
        wanted = {"DXCoreCreateAdapterFactory@@LIBDXCORE_1.0"}
    found = exported(sys.argv[-1])
    for name in sorted(wanted - found):
        print(f"not exported: {name}")
    for name in sorted(found - wanted):
        print(f"exported, but nobody asked for it: {name}")
    print(f"{len(found & wanted)} of {len(wanted)} symbols")
    return int(found != wanted)


if __name__ == "__main__":
    sys.exit(main())
