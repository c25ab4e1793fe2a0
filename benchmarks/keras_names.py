"""Writes ``rules/lists/keras-names.yaml``: what configurations of Keras may name without a module.

    python benchmarks/keras_names.py keras-….whl tf_keras-….whl

Run by maintainers on the newest releases, which are read as source. Names in the file stay.
"""

from __future__ import annotations

import ast
import re
import sys
import zipfile
from pathlib import Path

import yaml

LIST = Path(__file__).parents[1] / "rules" / "lists" / "keras-names.yaml"
PARTS = re.compile(
    r"(?:^|/)(?:layers|models|optimizers|losses|metrics|initializers|regularizers|constraints|activations|dtype_policies"
    r"|quantizers|engine|legacy|saving|mixed_precision|optimizer_v2|feature_column|ops|distribute|premade_models|export)"
    r"(?:/|\.py$)"
)
COMPUTES = re.compile(r"(?:^|/)(?:losses|metrics|activations)(?:/|\.py$)")
HEAD = """\
# Classes, losses, metrics and activations that Keras brings, which configurations may name without a module. Compared
# whole and without regard to case; written by benchmarks/keras_names.py, reviewed as any other change.
"""


def names(wheel: Path) -> set[str]:
    """Classes of every part of a model, functions that compute, and names under which either is given out."""
    found: set[str] = set()
    with zipfile.ZipFile(wheel) as members:
        for path in members.namelist():
            if path.endswith(".py") and PARTS.search(path) and "_test" not in path:
                tree = ast.parse(members.read(path))
                kinds = (ast.ClassDef, ast.FunctionDef) if COMPUTES.search(path) else (ast.ClassDef,)
                found |= {one.name for one in tree.body if isinstance(one, kinds)}
                given = (one.targets[0] for one in tree.body if isinstance(one, ast.Assign))
                found |= {one.id for one in given if isinstance(one, ast.Name) and COMPUTES.search(path)}
    return {name for name in found if not name.startswith("_") and name.isidentifier()}


def main() -> int:
    known = set(yaml.safe_load(LIST.read_text(encoding="utf-8"))["names"]) if LIST.exists() else set()
    for wheel in sys.argv[1:]:
        known |= names(Path(wheel))
    text = "".join(f"  - {name}\n" for name in sorted(known, key=str.lower))
    LIST.write_text(f"{HEAD}names:\n{text}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
