"""Stores of a stranger: clients of object storage that are made with an address and keys that stand in the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_CLIENTS: Final = frozenset({"S3Client", "S3", "client", "resource", "Minio", "Client", "Session"})
_ADDRESSES: Final = frozenset({"endpoint", "endpoint_url", "endPoint"})
_KEYS: Final = frozenset(
    {"secretAccessKey", "aws_secret_access_key", "secretKey", "secret_key", "accountKey", "account_key"}
)
_NAMES: Final = frozenset({"accessKeyId", "aws_access_key_id", "accountName", "account_name"})
"""Whose key it is, where the address is that of the whole service."""
_UPLOADS: Final = frozenset(
    {"upload_file", "upload_fileobj", "put_object", "putObject", "PutObjectCommand", "upload_blob", "uploadData"}
)
_BLANK: Final = regex(r"(?i)your|xxx|change|minio|placeholder|<|\$\{|\.\.\.")
"""What a key holds that somebody is to fill in, or that everybody's own server begins with."""
_SHORTEST: Final = 8
_DEEPEST: Final = 3
"""Mappings one within another: ``{ credentials: { secretAccessKey } }``."""


def find(code: Code) -> Iterator[Fact]:
    """``storage-of-stranger``."""
    for scope in code.scopes:
        if _KEYS.isdisjoint(scope.keys) and not any(_KEYS & _spelled(value) for value in _tables(scope)):
            continue
        for called in scope.calls:
            if called.name.rpartition(".")[2] in _CLIENTS:
                where = _where(scope, called)
                if where:
                    yield scope.fact("storage-of-stranger", called.call.line, f"{called.name} of {where}")


def _tables(scope: Scope) -> Iterator[ir.Mapping]:
    """Tables at the top of the file that a function names."""
    top = scope.code.top(scope.path)
    yield from (value for name in scope.words & top.keys() if isinstance(value := top[name], ir.Mapping))


def _spelled(table: ir.Mapping) -> set[str]:
    return {text(entry.key) for entry in table.entries}


def _where(scope: Scope, called: Called) -> str:
    """The address of a store whose key stands beside it; empty for any other."""
    given: dict[str, Any] = {}
    for arg in called.call.args:
        given |= {arg.name: arg.value} if arg.name else _options(scope, arg.value, _DEEPEST)
    address = next((scope.constant(given[name]) or "" for name in sorted(_ADDRESSES & given.keys())), "")
    key = next((scope.constant(given[name]) or "" for name in sorted(_KEYS & given.keys())), "")
    told = len(key) >= _SHORTEST and not _BLANK.search(key)
    if told and not _ADDRESSES & given.keys() and not _UPLOADS.isdisjoint(scope.words):
        known = next((scope.constant(given[name]) or "" for name in sorted(_NAMES & given.keys())), "")
        return "an account whose keys stand in the source" if known and not _BLANK.search(known) else ""
    return address if told and "." in address and not says("own-machine", address) else ""


def _options(scope: Scope, value: Any, depth: int) -> Mapping[str, Any]:
    """Options by their names, those of options in them as well."""
    table = scope.set_to(value)
    found: dict[str, Any] = {}
    for entry in table.entries if isinstance(table, ir.Mapping) and depth else ():
        found |= {text(entry.key): entry.value} | dict(_options(scope, entry.value, depth - 1))
    return found
