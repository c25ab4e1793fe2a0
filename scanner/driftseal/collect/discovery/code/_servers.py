"""What code says of an MCP server that it uses: command and arguments, or an address, with nothing secret in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.clients import redact
from driftseal.collect.clients.items import purls
from driftseal.collect.clients.launch import understand
from driftseal.collect.discovery.base import Code
from driftseal.model.item import Json

_URLS: Final = ("url", "server_url", "serverUrl", "httpUrl", "endpoint")
_KEPT: Final = ("command", "args", "type", "transport", "transportType", *_URLS)
UNKNOWN: Final = "*"
"""Stands for an argument that is no constant."""
_ITSELF: Final = {("sys", "executable"): "python", ("process", "execPath"): "node", ("process", "argv0"): "node"}
"""Variables that hold the interpreter of the code that reads them."""
_LABELS: Final = ("server_label", "serverLabel", "label", "name")
_WHOLE: Final = frozenset({"URL", "Uri", "URI", "parse", "MustParse", "create"})
"""Functions that make an address of a text."""


def described(raw: Mapping[str, Json]) -> dict[str, Json]:
    """The content of the item of a server, as a client's configuration would state it; empty for what is none."""
    facts = understand({key: value for key, value in raw.items() if value not in (None, "", [])})
    if not (facts.command or facts.url):
        return {}
    transport = "http" if facts.transport == "url" else redact.redact(facts.transport)
    content: dict[str, Json] = {"role": "mcp", "transport": transport}
    if facts.url:
        content["endpoint"] = _bare(str(facts.content.get("url", "")))
    if facts.command:
        args = facts.content.get("args")
        words = [facts.content.get("command"), *(args if isinstance(args, list) else ())]
        content["command"] = " ".join(str(word) for word in words)
    if facts.content.get("env"):
        content["env"] = facts.content["env"]
    if facts.package is not None:
        content["package"] = purls(facts.package)[1] or redact.redact(facts.package.name)
    return content


def called(content: Mapping[str, Json]) -> str:
    """A name for a server that nobody gives one: that of its package, its host or its program."""
    package, endpoint, command = (str(content.get(key) or "") for key in ("package", "endpoint", "command"))
    if package:
        return package.removeprefix("pkg:").partition("/")[2].partition("@")[0].replace("%40", "@") or package
    if endpoint:
        return endpoint.partition("://")[2].partition("/")[0] or endpoint
    words = [word for word in command.split()[1:] if not word.startswith("-")]
    return next((word for word in words if word != UNKNOWN), command.partition(" ")[0]).rpartition("/")[2]


def _bare(url: str) -> str:
    """Without user, query and fragment, all of which may hold secrets."""
    start, mark, rest = url.partition("?")[0].partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{start}{mark}{host.rpartition('@')[2]}{slash}{path}"


def label(code: Code, spot: Spot) -> str:
    """What a mapping calls its server."""
    whole = code.constants.follow(spot)
    if not isinstance(whole.expr, ir.Mapping):
        return ""
    return next((told for key in _LABELS if (told := code.constants.text(code.constants.entry(whole, key)))), "")


def facts(code: Code, spot: Spot) -> dict[str, Json]:
    """What a mapping says of one server, as far as it is constant."""
    whole = code.constants.follow(spot)
    raw: dict[str, Json] = {}
    if not isinstance(whole.expr, ir.Mapping):
        return raw
    for entry in whole.expr.entries:
        key = code.constants.text(whole.at(entry.key)) if entry.key is not None else None
        if key is None:
            continue
        at = whole.at(entry.value)
        if key == "env":
            raw[key] = environment(code, at)
        elif key == "args":
            raw[key] = list(texts(code, at))
        elif key == "transport" and isinstance(code.constants.follow(at).expr, ir.Mapping):
            raw |= facts(code, at)
        elif key in _KEPT:
            raw[key] = address(code, at) if key in _URLS else program(code, at) if key == "command" else text(code, at)
    if raw.get("command") == UNKNOWN and not raw.get("args"):
        del raw["command"]
    return raw


def program(code: Code, spot: Spot) -> str:
    """The program of a command line: what runs the code itself is called by its name, what is no constant by a star."""
    told = text(code, spot)
    expr = code.constants.follow(spot).expr
    if told or not isinstance(expr, ir.Attr):
        return told or UNKNOWN
    return _ITSELF.get((last_name(expr.value), expr.name), UNKNOWN)


def text(code: Code, spot: Spot) -> str:
    """A text, or the first that it may be."""
    constant = code.constants.text(spot)
    if constant is not None:
        return constant
    return next((value.text for value in code.values.of(spot)), "")


def address(code: Code, spot: Spot) -> str:
    """An address, also where it is made of a text: ``new URL("…")``."""
    expr = code.constants.follow(spot)
    if isinstance(expr.expr, ir.Call) and last_name(expr.expr.callee) in _WHOLE and expr.expr.args:
        return text(code, expr.at(expr.expr.args[0].value))
    return text(code, spot)


def texts(code: Code, spot: Spot) -> Iterator[str]:
    """The arguments of a command; what is no constant keeps its place."""
    whole = code.constants.follow(spot)
    if isinstance(whole.expr, ir.Group):
        for item in whole.expr.items:
            yield code.constants.text(whole.at(item)) or UNKNOWN


def environment(code: Code, spot: Spot) -> dict[str, Json]:
    """Names alone: every value is a placeholder."""
    whole = code.constants.follow(spot)
    if not isinstance(whole.expr, ir.Mapping):
        return {}
    names = (code.constants.text(whole.at(entry.key)) for entry in whole.expr.entries if entry.key is not None)
    return {name: f"${{{name}}}" for name in names if name}
