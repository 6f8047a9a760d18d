"""Cases of primitives that have been in MindSpore since 1.x: test/cases/primitives/classic/FAMILY.

    python classic.py [FAMILY [PREFIX ...]]

Run with MindSpore 2.10.0. What it cannot make is printed with the reason.
"""
import importlib
import json
import pathlib
import sys

import common

FAMILIES = ("elementwise", "creation", "loss", "pooling", "normalization", "image", "movement", "sequence", "colour", "further")


def make(folder, wanted, prefixes):
    """Makes the cases whose names begin with one of the prefixes, or all of them."""
    cases = common.Cases(folder)
    if prefixes and cases.path.exists():
        cases.index = json.loads(cases.path.read_text())
    for case in wanted:
        if not prefixes or any(case.name.startswith(prefix) for prefix in prefixes):
            cases.index.pop(case.name, None)
            cases.add(case.name, case.primitive, case.build(), *case.inputs(), **case.entry)
    cases.write()


def main():
    """Makes all families, or one, or some cases of one."""
    root = pathlib.Path(__file__).parent.parent / "primitives" / "classic"
    for family in sys.argv[1:2] or FAMILIES:
        make(root / family, importlib.import_module(f"classic_cases.{family}").CASES, sys.argv[2:])


if __name__ == "__main__":
    main()
