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


_PARSERS: Final = ("HfArgumentParser", "TrlParser", "H4ArgumentParser", "ArgumentParser", "cli", "add_arguments", "CLI")
"""Calls that make options of the fields of a class."""
_DEFAULTS: Final = frozenset({"default_value", "default_value_t", "default"})
"""What an attribute of Rust's clap calls the default of a field."""


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
        for each in () if found else self._fields.get(name.replace("-", "_"), ()):
            yield each, _STEP, name

    @cached_property
    def _fields(self) -> dict[str, list[Spot]]:
        """Defaults of the fields of classes that options are parsed into, as ``HfArgumentParser`` does."""
        names = {
            last_name(part)
            for called in _PARSERS
            for site in self.index.by_name.get(called, ())
            for arg in site.call.args
            for part in (arg.value.items if isinstance(arg.value, ir.Group) else (arg.value,))
        }
        found: dict[str, list[Spot]] = {}
        for path, module in self.index.project.modules.items():
            for cls in module.classes:
                if cls.name not in names and not _derives(cls):
                    continue
                for each in cls.fields:
                    told = [each.value] if each.value is not None else _declared(each)
                    found.setdefault(each.name, []).extend(Spot(path, 0, value) for value in told)
        return found

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


def _derives(cls: ir.Class) -> bool:
    """Whether Rust's clap makes options of a struct."""
    derived = (one for one in cls.decorators if isinstance(one, ir.Call) and last_name(one.callee) == "derive")
    return any(last_name(arg.value) in {"Parser", "Args"} for one in derived for arg in one.args)


def _declared(each: ir.Field) -> list[ir.Expr]:
    return [
        arg.value for one in each.decorators if isinstance(one, ir.Call) for arg in one.args if arg.name in _DEFAULTS
    ]
