"""Cases of the primitives of MindSpore's extended operators (`…Ext`, `mint`), of scalars and of tuples.

    python ext.py [FAMILY [CASE ...]]

writes test/cases/primitives/ext/FAMILY for each module of the folder extended beside this file.
"""
import importlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from expressions import Cases  # noqa: E402

ROOT = pathlib.Path(__file__).parents[1] / "primitives" / "ext"


def main():
    """Makes one family or all."""
    here = pathlib.Path(__file__).parent / "extended"
    families = sys.argv[1:2] or sorted(path.stem for path in here.glob("*.py") if path.stem != "data")
    for family in families:
        cases = Cases(ROOT / family, sys.argv[2:])
        importlib.import_module(f"extended.{family}").make(cases)
        cases.close()


if __name__ == "__main__":
    main()
