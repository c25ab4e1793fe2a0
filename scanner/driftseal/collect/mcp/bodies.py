"""What lies behind the lists: the messages of prompts, and on request the bodies of resources."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from driftseal import canonical, snapshot
from driftseal.collect.mcp.rpc import Answer
from driftseal.collect.mcp.session import Session
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Gap, Item, ItemKind, Json

MESSAGES_KEY: Final = "prompts/get"
"""Where a prompt item holds what ``prompts/get`` gave; a slash keeps it apart from fields of the protocol."""

BODY_SUFFIX: Final = " body"
"""After the URI in the name of an item that holds a resource's body.

An item of its own, so that snapshots with and without bodies agree on all other items. No URI holds a space.
"""


def needs_arguments(entry: Json) -> bool:
    """Whether a prompt requires arguments, so that we cannot ask for its messages."""
    arguments = entry.get("arguments") if isinstance(entry, dict) else None
    if not isinstance(arguments, list):
        return False
    return any(isinstance(argument, dict) and argument.get("required") for argument in arguments)


async def with_messages(session: Session, target: str, prompt: Item) -> list[Item | Gap | Anomaly]:
    """A prompt with its messages, when it has any to give without arguments; the gap when it gives none."""
    content = prompt.content
    if not isinstance(content, dict) or needs_arguments(content):
        return [prompt]
    try:
        # Empty arguments, not none: the TypeScript SDK refuses a prompt of optional arguments without them.
        answer = await session.ask("prompts/get", {"name": prompt.name, "arguments": {}})
    except TargetError as cause:
        return [prompt, Gap(target, prompt.key, f"its messages could not be had: {cause}")]
    wanting = _wanting(answer, "prompts/get")
    if wanting is None:
        merged: dict[str, Json] = dict(content)
        key = MESSAGES_KEY
        while key in merged:
            # A server that uses our key does not get to hide what stood there.
            key += "#2"
        merged[key] = _without_envelope(answer.result)
        return [snapshot.make_item(ItemKind.PROMPT, prompt.name, merged)]
    seen: list[Item | Gap | Anomaly] = [prompt, Gap(target, prompt.key, wanting)]
    if isinstance(answer.result, dict) and answer.result.get("resultType") == "input_required":
        detail = f"the prompt asks for input: {canonical.compact(answer.result.get('inputRequests'))}"
        seen.append(Anomaly(AnomalyKind.SERVER_REQUEST, prompt.key, detail[: session.limits.view_bytes]))
    return seen


async def read(session: Session, target: str, resource: Item) -> Item | Gap:
    """The body of one resource as an item of its own; text is kept, other bytes are told by digest."""
    key = f"{resource.key}{BODY_SUFFIX}"
    try:
        answer = await session.ask("resources/read", {"uri": resource.name})
    except TargetError as cause:
        return Gap(target, key, f"could not be read: {cause}")
    wanting = _wanting(answer, "resources/read")
    if wanting is not None or not isinstance(answer.result, dict):
        return Gap(target, key, wanting or "resources/read was answered without an object")
    contents = answer.result.get("contents")
    if not isinstance(contents, list):
        return Gap(target, key, "resources/read was answered without contents")
    if len(answer.received.raw) > session.limits.resource_bytes:
        return Gap(target, key, f"its body is larger than {session.limits.resource_bytes} bytes")
    parts: list[Json] = [_part(part, session.limits) for part in contents]
    return snapshot.make_item(ItemKind.RESOURCE, f"{resource.name}{BODY_SUFFIX}", {"contents": parts})


def _wanting(answer: Answer, method: str) -> str | None:
    if answer.refusal is not None:
        return f"{method} was answered with {answer.refusal}"
    if not isinstance(answer.result, dict):
        return f"{method} was answered without an object"
    if answer.result.get("resultType") == "input_required":
        return f"{method} wants input from the user first"
    return None


def _without_envelope(result: Json) -> Json:
    if not isinstance(result, dict):
        return result
    return {key: value for key, value in result.items() if key not in _ENVELOPE}


_ENVELOPE: Final = frozenset({"_meta", "resultType", "ttlMs", "cacheScope"})


def _part(part: Json, limits: Limits) -> Json:
    if not isinstance(part, dict) or not isinstance(part.get("blob"), str):
        return part
    blob = str(part["blob"])
    try:
        data = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return part
    shown: dict[str, Json] = {key: value for key, value in part.items() if key != "blob"}
    shown["blob"] = {"digest": str(Digest.of(data)), "size": len(data)}
    try:
        shown["decoded"] = data.decode()[: limits.resource_bytes]
    except UnicodeDecodeError:
        # Not text: the digest says all that a scanner of texts can use.
        return shown
    return shown
