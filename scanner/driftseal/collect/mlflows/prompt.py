"""A prompt of MLflow's registry as items: the text that models are given, and the settings that go with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal import snapshot
from driftseal.canonical import parse_json
from driftseal.collect.mlflows.registered import REGISTRY, Version
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Evidence, Gap, Item, ItemKind, Json
from driftseal.model.target import Target

_TEXT: Final = "mlflow.prompt.text"
_TYPE: Final = "_mlflow_prompt_type"
_STRUCTURED: Final = {
    "_mlflow_prompt_response_format": "response_format",
    "_mlflow_prompt_model_config": "model_config",
}
"""Tags that hold JSON, and the member that it becomes."""
_MARKS: Final = frozenset({"mlflow.prompt.is_prompt", _TEXT, _TYPE, *_STRUCTURED})
_CHAT: Final = "chat"
_EMPTY: Final = frozenset({"source", "status"})
"""What the registry says of every version, and what means nothing for a prompt."""


def things(version: Version, target: Target, uri: str, limits: Limits) -> Iterator[Item | Gap]:
    """The prompt, and what of it could not be read."""
    if _TEXT not in version.tags:
        yield Gap(target.reference, version.name, "the registry tells no text of this prompt")
        return
    if len(version.tags[_TEXT]) > limits.document_bytes:
        yield Gap(target.reference, version.name, f"larger than {limits.document_bytes} bytes (limits.document_bytes)")
        return
    said = {key: value for key, value in version.said.items() if key not in _EMPTY}
    tags = version.said.get("tags")
    said["tags"] = {key: value for key, value in tags.items() if key not in _MARKS} if isinstance(tags, dict) else {}
    content: dict[str, Json] = {REGISTRY: said}
    # As JSON where it is JSON, so that no escape hides a word from rules.
    for key, member in ((_TEXT, "text"), *_STRUCTURED.items()):
        if key in version.tags:
            parsed = key != _TEXT or version.tags.get(_TYPE) == _CHAT
            content[member] = _json(version.tags[key], member, limits) if parsed else version.tags[key]
    yield snapshot.make_item(ItemKind.PROMPT_FILE, version.name, content, evidence=[Evidence(uri)])


def _json(text: str, member: str, limits: Limits) -> Json:
    """The value, or the text as it stands where it is none: models are given it all the same."""
    try:
        return parse_json(text.encode("utf-8", "replace"), member, limits).value
    except TargetError:
        return text
