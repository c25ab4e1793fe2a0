"""Where our own data lies: inside the wheel, or beside the checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from driftseal.errors import RuleError

_PACKAGE = Path(__file__).resolve().parent


@cache
def folder(name: str) -> Path:
    """The folder ``rules``, ``baselines``, ``sbom`` or ``demo`` of our own data.

    Raises:
        RuleError: the installation is incomplete.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parents[1]):
        found = root / name
        if found.is_dir():
            return found
    raise RuleError(
        f"our own data folder {name!r} is missing", hint="reinstall: python -m pip install --force-reinstall driftseal"
    )
