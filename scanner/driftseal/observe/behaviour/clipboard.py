"""A clipboard that is read, searched for addresses of wallets and written again."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.whole import Code


def find(code: Code) -> Iterator[Fact]:
    """``clipboard-swap``."""
    for scope in code.scopes:
        reads = next(iter(scope.doing.get("clipboard-reads", ())), None)
        writes = next(iter(scope.doing.get("clipboard-writes", ())), None)
        if reads is None or writes is None:
            continue
        texts = [*scope.constants, *scope.code.top_texts(scope.path)]
        address = next((each for each in texts if isinstance(each.value, str) and says("wallets", each.value)), None)
        if address is not None:
            yield scope.fact(
                "clipboard-swap",
                writes.call.line,
                writes.name,
                (reads.call.line, "read here"),
                (address.line, "looks for"),
            )
