"""Models and data sets that a command is given behind a flag that means that, whatever the command is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files import _keys, _models
from driftseal.collect.discovery.files._models import HUB
from driftseal.model.item import ItemKind, Json

_SURE: Final = 0.8
_MOST: Final = 64
"""Words of one command."""


def given(words: Sequence[str], *, line: int = 0) -> Iterator[Sighting]:
    """``trl sft --model_name_or_path ORG/NAME --dataset_name ORG/NAME``."""
    keys = _keys.load()
    words = words[:_MOST]
    for index, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if not flag.startswith("--"):
            continue
        key = _keys.plain(flag)
        value = value if equals else words[index + 1] if index + 1 < len(words) else ""
        if key in keys.strong and (model := _models.named(value)) is not None:
            yield _models.sighting(model, line=line, symbol=flag, confidence=_SURE)
        elif key in keys.datasets and (found := _models.hub(value)) is not None and "/" in found.id:
            content: dict[str, Json] = {"provider": HUB, "id": found.id}
            yield Sighting(ItemKind.DATASET, f"{HUB}:{found.id}", content, line=line, symbol=flag, confidence=_SURE)
