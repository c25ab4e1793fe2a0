"""Names by which data is followed, of ``rules/lists/data-flow.yaml``."""

from __future__ import annotations

from functools import cache

from driftseal import rulebook
from driftseal.errors import RuleError


@cache
def words(name: str) -> frozenset[str]:
    """The words of one list.

    Raises:
        RuleError: there is no such list.
    """
    given = rulebook.load_list("data-flow")
    found = given.get(name) if isinstance(given, dict) else None
    if not isinstance(found, str):
        raise RuleError(f"rules/lists/data-flow.yaml: {name}: words with blanks between them")
    return frozenset(found.split())
