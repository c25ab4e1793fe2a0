"""Who answers where a call, or the client that it goes through, is told to ask: ``OpenAI(base_url="https://api.groq.com/…")``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef
from driftseal.collect.discovery._tables import Provider, providers
from driftseal.collect.discovery.base import Code
from driftseal.collect.discovery.sites import Site

_NAMED: Final = frozenset(
    {"baseurl", "apibase", "openaiapibase", "azureendpoint", "endpoint", "apibaseurl", "basepath", "apiurl"}
)
"""Arguments that hold an address, as ``plain`` writes them."""
_CALLED: Final = frozenset({*_NAMED, "withbaseurl", "withapibase", "withendpoint", "setbaseurl", "withserverurl"})
"""Functions and members of builders that are given one."""
_DEPTH: Final = 4
_LINKS: Final = 64
"""Parts of a chain of calls that are looked at."""
_OLLAMA: Final = 11434
"""The port at which Ollama answers."""


def plain(name: str) -> str:
    """A name without case and lines."""
    return name.replace("_", "").lower()


def known(url: str) -> Provider | None:
    """The provider that answers at an address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    found = providers().by_host(host) if host else None
    return found or (providers().all.get("ollama") if port == _OLLAMA else None)


def provider(code: Code, site: Site, around: Site | None) -> Provider | None:
    """The provider at the first address that a call is given: itself, by its builder, its client or the call around."""
    for call in _calls(code, site, around):
        for spot in _addresses(call):
            found = next(filter(None, (known(value.text) for value in code.values.of(spot))), None)
            if found is not None:
                return found
    return None


def _calls(code: Code, site: Site, around: Site | None) -> Iterator[Site]:
    yield site
    if around is not None:
        yield around
    # Builders: what was called before on the same object, and what that object was made with.
    expr, path, scope = site.call.callee, site.path, site.scope
    for _ in range(2 * _DEPTH):
        if isinstance(expr, ir.Attr) and not isinstance(expr.value, ir.Name):
            expr = expr.value
        elif isinstance(expr, ir.Call):
            yield Site(expr, path, scope)
            expr = expr.callee
        else:
            break
    made = _made(code, Spot(path, scope, expr.value if isinstance(expr, ir.Attr) else expr), expr)
    for each in (made, *(_given(code, site.spot(arg.value)) for arg in site.call.args)):
        if each is not None:
            yield each
            yield from filter(None, (_given(code, each.spot(arg.value)) for arg in each.call.args))


def _made(code: Code, spot: Spot, whole: ir.Expr) -> Site | None:
    """The call that made the object that something is called on."""
    base = spot.expr
    if isinstance(base, ir.Name) and base.id in {"self", "this"} and isinstance(whole, ir.Attr):
        number = code.constants.class_around(spot.path, spot.scope)
        own = code.bindings.own(ClassRef(spot.path, number)).get(whole.name, ()) if number is not None else ()
        return next(filter(None, (_given(code, value) for value in own)), None)
    return _given(code, spot) if isinstance(base, ir.Name) else None


def _given(code: Code, spot: Spot) -> Site | None:
    led = code.constants.follow(spot)
    return Site(led.expr, led.path, led.scope) if isinstance(led.expr, ir.Call) else None


def chained(expr: ir.Expr) -> Iterator[ir.Call]:
    """The calls of a chain, the last one first: of ``a().b(1).c(2)`` all three."""
    for _ in range(_LINKS):
        if isinstance(expr, ir.Call):
            yield expr
            expr = expr.callee
        elif isinstance(expr, ir.Attr):
            expr = expr.value
        elif isinstance(expr, ir.Unary):
            # What waits for it, or takes it out of what may have failed.
            expr = expr.value
        else:
            return


def _addresses(site: Site) -> Iterator[Spot]:
    if plain(last_name(site.call.callee)) in _CALLED and site.call.args:
        yield site.spot(site.call.args[0].value)
    for arg in site.call.args:
        if plain(arg.name) in _NAMED:
            yield site.spot(arg.value)
        elif isinstance(arg.value, ir.Mapping):
            for entry in arg.value.entries:
                if isinstance(entry.key, ir.Const) and plain(str(entry.key.value)) in _NAMED:
                    yield site.spot(entry.value)
        else:
            # Go: ``openai.New(openai.WithBaseURL("…"))``; Rust: ``with_config(Config::new().with_api_base("…"))``.
            for call in chained(arg.value):
                if plain(last_name(call.callee)) in _CALLED and call.args:
                    yield site.spot(call.args[0].value)
