"""Options of the command line that a package declares, with their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.collect.discovery.sites import Index, Site

_STEP: Final = 0.97
"""How sure it is that nobody gives an option."""


@dataclass(frozen=True)
class Options:
    """Answers for one package."""

    index: Index
    constants: Constants

    def parses(self, spot: Spot) -> bool:
        """Whether an expression is what a parser of the command line gives."""
        led = self.constants.follow(spot)
        while isinstance(led.expr, (ir.Attr, ir.Call)):
            inner = led.expr.callee if isinstance(led.expr, ir.Call) else led.expr
            if last_name(inner) in {"parse_args", "parse_known_args", "vars"}:
                return True
            if not isinstance(inner, ir.Attr):
                return False
            led = led.at(inner.value)
        return False

    def default(self, path: str, name: str) -> Iterator[tuple[Spot, float, str]]:
        """The default of an option of the command line, of this file before others."""
        found = self._by_name.get(name.replace("-", "_"), ())
        own = [site for site in found if site.path == path]
        for site in own or found:
            for arg in site.call.args:
                if arg.name in {"default", "const"}:
                    yield site.spot(arg.value), _STEP, name

    @cached_property
    def _by_name(self) -> dict[str, list[Site]]:
        found: dict[str, list[Site]] = {}
        for called in ("add_argument", "option", "add_option"):
            for site in self.index.by_name.get(called, ()):
                names = [arg.value.value for arg in site.call.args if not arg.name and isinstance(arg.value, ir.Const)]
                told = next((arg.value for arg in site.call.args if arg.name == "dest"), None)
                if isinstance(told, ir.Const):
                    names = [told.value]
                for name in names:
                    if isinstance(name, str):
                        found.setdefault(name.lstrip("-").replace("-", "_"), []).append(site)
        return found
