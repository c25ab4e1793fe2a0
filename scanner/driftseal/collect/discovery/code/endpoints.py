"""Where code asks models, stores and gateways: addresses that clients are given, and those of known providers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, Final
from urllib.parse import urlsplit

from driftseal.code.constants import last_name
from driftseal.collect.discovery._tables import providers
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _ecosystems
from driftseal.collect.discovery.code._addresses import known as at_address
from driftseal.collect.discovery.code._addresses import plain
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.files._models import endpoint
from driftseal.model.item import ItemKind, Json

_GIVEN: Final = (
    *(
        "base_url",
        "baseURL",
        "baseUrl",
        "api_base",
        "openai_api_base",
        "azure_endpoint",
        "azureOpenAIEndpoint",
        "endpoint",
    ),
    *("openai_api_base_url", "anthropic_api_url", "basePath", "api_endpoint", "url", "host", "uri", "endpoint_url"),
)
"""Arguments by which clients are told where to ask."""
_BUILDING: Final = frozenset(
    {"baseurl", "withbaseurl", "withapibase", "withserverurl", "endpoint", "withendpoint", "uri", "url", "host"}
)
"""Members of builders that are given an address, and so are options of Go."""
_ROLES: Final = frozenset({"framework", "sdk", "vector-store"})
"""Of packages whose clients these are."""
_ASKED: Final = ("/v1", "/v2", "/api", "/openai", "/chat", "/models")
"""What the path of an interface holds; the other pages of a provider are for people."""
_SURE: Final = 0.9
_LIKELY: Final = 0.75
_CATALOGUE: Final = 8
"""Providers whose addresses one file writes down, above which it is a catalogue."""
_CHOICE: Final = 0.45


class EndpointFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "endpoints"

    @cached_property
    def pattern(self) -> str:  # type: ignore[override]  # made when it is first asked for, of a long table
        """The address of a provider."""
        hosts = sorted({host.lstrip(".") for one in providers().all.values() for host in one.hosts})
        return "|".join(map(re.escape, hosts))

    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"base_url",
            b"baseurl",
            b"api_base",
            b"azure_endpoint",
            b"qdrantclient",
            b"weaviate",
            b"milvusclient",
            b"ollama",
        }
        | {
            b"api.openai.com",
            b"api.anthropic.com",
            b"generativelanguage.googleapis",
            b"openrouter.ai/api",
            b"api.groq.com",
        }
        | {b"api.mistral.ai", b"api.deepseek.com", b"api.x.ai", b"api.together", b"api.cohere", b"openai.azure.com"}
        | {
            b"router.huggingface.co",
            b"api-inference.huggingface.co",
            b"api.perplexity.ai",
            b"api.fireworks.ai",
            b"inferenceclient",
        }
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        told: set[tuple[str, int]] = set()
        for name, content, line, scope, sure in (*_given(code, asking), *_written(code, path)):
            if (name, line) not in told:
                told.add((name, line))
                symbol, weighed = code.index.symbol(path, scope), round(sure * asking.weight(path), 2)
                yield Sighting(ItemKind.SERVICE, name, content, line=line, symbol=symbol, confidence=weighed)


Found = tuple[str, dict[str, Json], int, int, float]


def _given(code: Code, asking: Asking) -> Iterator[Found]:
    for site in code.index.of(asking.path).calls:
        builder = plain(last_name(site.call.callee)) in _BUILDING and len(site.call.args) == 1
        own = (site.spot(site.call.args[0].value),) if builder else ()
        for spot in (*own, *asking.arguments(site, _GIVEN)):
            values = [value for value in code.values.of(spot) if "://" in value.text]
            package = _ecosystems.package(code, site) if values else None
            if package is None or package.role not in _ROLES:
                continue
            for value in values:
                address = endpoint(value.text)
                host = urlsplit(address).hostname or ""
                if host:
                    known = at_address(address)
                    role = "vector-store" if package.role == "vector-store" else known.role if known else "inference"
                    content: dict[str, Json] = {"role": role, "endpoint": address, "base_url_source": "code"}
                    if known is not None:
                        content["provider"] = known.key
                    yield known.key if known else host, content, site.call.line, site.scope, _SURE * value.sure


def _written(code: Code, path: str) -> Iterator[Found]:
    """The address of a provider, whoever is given it: a request is put together by hand."""
    found: list[Found] = []
    for text, scope in code.index.of(path).texts:
        if not isinstance(text.value, str) or not text.value.startswith("https://"):
            continue
        address = endpoint(text.value)
        parts = urlsplit(address)
        known = providers().by_host(parts.hostname or "")
        if known is not None and any(mark in parts.path for mark in _ASKED):
            content: dict[str, Json] = {"provider": known.key, "role": known.role, "endpoint": address}
            found.append((known.key, content | {"base_url_source": "code"}, text.line, scope, _LIKELY))
    # Whoever writes down so many lists who there is, not who is asked.
    listed = len({name for name, *_ in found}) > _CATALOGUE
    yield from ((*one[:4], _CHOICE) for one in found) if listed else found
