"""Our own data: inside the wheel, or beside the checkout.

It is YAML, for people to review. A wheel carries what those files say as JSON too, each under the digest of its file,
as reading JSON costs a tenth; a file that is not the one which was read then is read as YAML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from driftseal.errors import FormatError, RuleError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json

_PACKAGE = Path(__file__).resolve().parent
PARSED: Final = "parsed"
"""Folder beside our data that holds it as JSON."""


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


def parsed(name: str) -> Mapping[str, Json]:
    """What files said when the wheel was built, by the SHA-256 of each in hexadecimal; nothing in a checkout.

    ``name`` is ``rules`` for all rules, or a file below them without its ending: ``lists/phrases``.
    """
    try:
        found = json.loads((_PACKAGE / "_data" / PARSED / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def first_document(data: bytes, name: str, known: Mapping[str, Json]) -> Json:
    """The first YAML document of a file, of which ``known`` may hold what it says.

    Raises:
        RuleError: it is malformed.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest in known:
        return known[digest]
    from driftseal import yamltext

    try:
        return next(yamltext.documents(data, name, DEFAULT_LIMITS), None)
    except FormatError as cause:
        raise RuleError(f"rules: {cause}", hint=cause.hint) from cause


def document(group: str, name: str) -> Json:
    """What ``rules/<group>/<name>.yaml`` says.

    Raises:
        RuleError: there is no such file, or it is malformed.
    """
    try:
        data = (folder("rules") / group / f"{name}.yaml").read_bytes()
    except OSError as cause:
        raise RuleError(f"rules/{group}/{name}.yaml cannot be read: {cause.strerror}") from cause
    return first_document(data, f"{group}/{name}.yaml", parsed(f"{group}/{name}"))
