"""Names of models as files state them: which provider's, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from driftseal.collect.clients import redact
from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.code import _names
from driftseal.collect.discovery.mentions import USED
from driftseal.model.item import ItemKind, Json

HUB: Final = "huggingface"
SURE: Final = 0.95
_LONGEST: Final = 200
_OLLAMA: Final = re.compile(r"(?:[a-z0-9][\w.-]{0,80}/){0,2}[a-z0-9][\w.-]{0,80}(?::[\w.-]{1,80})?", re.IGNORECASE)
_HUB_REFERENCE: Final = re.compile(
    r"(?:hf\.co|huggingface\.co)/([\w.-]{1,96}/[\w.-]{1,96})(?::([\w.-]{1,80}))?", re.IGNORECASE
)
_ARN: Final = re.compile(r"arn:aws[\w-]*:(bedrock|sagemaker):[a-z0-9*-]*:[0-9*]*:[a-z-]+/([\w.:/-]{1,150})")
_ORG: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}@[0-9a-f]{7,40}")
_PLACE: Final = re.compile(r"[$%{}<>*\s]|\.\.\.")


class Model(NamedTuple):
    """One model as its provider calls it."""

    provider: str
    id: str
    revision: str = ""


def named(text: str, *, sure: bool = False) -> Model | None:
    """The model of a text whose form alone proves it; with ``sure``, of one that is known to name a model.

    A name with ``/`` may be one of a provider or a repository of the hub: ``openai/gpt-4o``, ``openai/clip-vit-base``.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    # Of any region and account there may be stars.
    if arn := _ARN.fullmatch(text):
        return _harmless(Model(f"aws-{arn[1]}", arn[2]))
    if _PLACE.search(text):
        return None
    if reference := _HUB_REFERENCE.fullmatch(text.removeprefix("https://")):
        return _harmless(Model(HUB, reference[1]))
    known = _names.family(text)
    if known is not None:
        return Model(*known)
    return _harmless(_prefixed(text, sure=sure)) or hub(text)


def _harmless(model: Model | None) -> Model | None:
    """The model, unless somebody put a key where its name belongs."""
    return None if model is not None and redact.is_secret_value(model.id) else model


def _prefixed(text: str, *, sure: bool) -> Model | None:
    prefix, mark, rest = text.partition(":") if ":" in text.partition("/")[0] else text.partition("/")
    provider = _tables.providers().by_prefix(prefix)
    ambiguous = mark == "/" and (provider is None or prefix.lower() in provider.accounts)
    if ambiguous and rest.count("/") == 1 and provider is not None and provider.key == HUB:
        ambiguous = False
    found = _names.prefixed(text, sure=sure or (provider is not None and not ambiguous))
    if found is None or (ambiguous and not _names.family(found.name)):
        return None
    if found.provider == HUB:
        return hub(found.name)
    return Model(*found)


def hub(text: str) -> Model | None:
    """A repository of the Hugging Face Hub, with the commit that it is pinned to."""
    name, at, revision = text.partition("@")
    if at and not _ORG.fullmatch(text.partition("/")[2]):
        return None
    found = _names.hub(name)
    if found is not None and not any(map(str.isalpha, found.name.rpartition("/")[2])):
        # An image with its version, a fraction, a date.
        return None
    return _harmless(Model(found.provider, found.name, revision)) if found is not None else None


def of(provider: str, name: str) -> Model | None:
    """A model whose provider is told beside it, in the words of some client."""
    name, told = name.strip(), provider.strip().casefold()
    if not name or len(name) > _LONGEST or _PLACE.search(name):
        return None
    known = _tables.providers().by_prefix(told, weak=True) or _tables.providers().all.get(told)
    if known is None:
        return named(name, sure=True)
    if known.key == HUB:
        return hub(name) or (_harmless(Model(HUB, name)) if "/" in name else None)
    if known.key in {"openrouter", "vercel", "litellm"}:
        return _harmless(Model(known.key, name))
    bare = name.removeprefix(f"{told}/").removeprefix(f"{known.key}/")
    return _harmless(Model(known.key, bare)) if _names.hosted(bare) or known.open else None


def routed(text: str) -> Model | None:
    """A name as a gateway reads it: what stands before the first ``/`` is always the provider."""
    prefix, slash, rest = text.strip().partition("/")
    known = _tables.providers().by_prefix(prefix, weak=True) if slash else None
    if known is not None and rest and len(text) <= _LONGEST and not _PLACE.search(text):
        return hub(rest) if known.key == HUB else _harmless(Model(known.key, rest))
    return named(text, sure=True)


def ollama(text: str) -> Model | None:
    """What ``ollama pull`` and ``FROM`` name: a model of Ollama's own library, or of the hub."""
    text = text.strip()
    if reference := _HUB_REFERENCE.fullmatch(text):
        return _harmless(Model(HUB, reference[1]))
    if not _OLLAMA.fullmatch(text) or _names.is_file(text) or text.isdigit():
        return None
    return _harmless(Model("ollama", text))


def sighting(
    model: Model, *, line: int = 0, symbol: str = "", confidence: float = SURE, more: dict[str, Json] | None = None
) -> Sighting:
    """A model that a file names."""
    content: dict[str, Json] = {"provider": model.provider, "id": model.id}
    if model.revision:
        content["revision"] = model.revision
    known = _tables.providers().all.get(model.provider)
    if known is not None and not known.open:
        content["hosted"] = True
    content |= more or {}
    name = f"{model.provider}:{model.id}"
    return Sighting(ItemKind.MODEL, name, content, line=line, symbol=symbol, confidence=confidence)


def credential(
    variable: str,
    *,
    line: int = 0,
    symbol: str = "",
    source: str = "environment",
    used_by: str = "",
    confidence: float = USED,
) -> Iterator[Sighting]:
    """A variable that holds the key of a provider, by its name; nothing for any other variable."""
    known = _tables.providers().by_credential(variable)
    if known is not None:
        content: dict[str, Json] = {"provider": known.key, "source": source}
        if used_by:
            content["used_by"] = [used_by]
        yield Sighting(ItemKind.CREDENTIAL, variable.upper(), content, line=line, symbol=symbol, confidence=confidence)


def service(variable: str, address: str, *, line: int = 0, symbol: str = "") -> Iterator[Sighting]:
    """Where a provider, or something that stands in for it, answers; told by a variable of a known name."""
    known = _tables.providers().by_address(variable)
    if known is None:
        return
    told = endpoint(address)
    at_host = _tables.providers().by_host(urlsplit(told).hostname or "") if told else None
    content: dict[str, Json] = {"provider": (at_host or known).key, "role": known.role, "base_url_source": variable}
    if told:
        content["endpoint"] = told
    yield Sighting(ItemKind.SERVICE, (at_host or known).key, content, line=line, symbol=symbol)


def endpoint(address: str) -> str:
    """An address without user, query and fragment; empty for what is none."""
    text = address.strip()
    if _PLACE.search(text) or len(text) > _LONGEST:
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https", "grpc", "ws", "wss"} or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return redact.redact(f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path}".rstrip("/"))
