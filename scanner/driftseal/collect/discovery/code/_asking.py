"""Which calls of a file take the name of a model, and where in them it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery import _tables as packages
from driftseal.collect.discovery._tables import Provider
from driftseal.collect.discovery.base import Code
from driftseal.collect.discovery.code import _addresses, _names, _tables
from driftseal.collect.discovery.code._ecosystems import ECOSYSTEMS
from driftseal.collect.discovery.code._tables import ANY, Loader
from driftseal.collect.discovery.sites import Site, chain
from driftseal.observe import aside

_SURE: Final = 0.95
_LIKELY: Final = 0.75
"""Nobody says where it comes from, but the file gets something from there."""
_BY_NAME: Final = 0.85
"""The name alone is enough, as nothing else has it."""
_ASIDE: Final = 0.4
"""What tests and documentation say is about themselves."""
_BUILDERS: Final = frozenset({"rust", "java", "csharp"})
"""Languages whose requests are built member by member."""
_PACKAGES: Final = {"ai-sdk-provider": "openrouter", "ollama-ai-provider": "ollama", "ollama-ai-provider-v2": "ollama"}
"""Packages of the AI SDK that are not called after their provider."""


class Asking:
    """Questions about the calls of one file."""

    def __init__(self, code: Code, path: str) -> None:
        self.code = code
        self.path = path
        self.module = code.module(path)
        self._near: dict[tuple[str, ...], bool] = {}
        self._builders: dict[int, dict[str, Spot]] = {}

    @cached_property
    def imported(self) -> tuple[str, ...]:
        """Modules that the file imports."""
        return tuple(sorted({one.module for one in self.module.imports}))

    @staticmethod
    def weight(path: str) -> float:
        """How much it counts what a file of this path says."""
        return _ASIDE if aside.is_aside(path) else 1.0

    def called(self, site: Site) -> tuple[str, ...]:
        """The parts of what is called, by the name that its package gives it, whatever it was imported as."""
        parts = chain(site.call.callee)
        named = self._renamed.get(parts[0])
        return (named, *parts[1:]) if named else parts

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """Names that imports give to symbols of other names."""
        return {
            one.local: one.symbol for one in self.module.imports if one.symbol and one.symbol not in {one.local, ANY}
        }

    def loaders(self, site: Site) -> Iterator[tuple[Loader, float]]:
        """What a call may be, with how sure that is."""
        parts = self.called(site)
        last = parts[-1]
        table = _tables.models().loaders
        for loader in table.get(last, ()):
            if loader.languages and self.module.language not in loader.languages:
                continue
            if any(parts[-len(call) :] == call for call in loader.calls):
                sure = self.sure(site, loader.sources)
                if sure:
                    yield loader, sure
        for loader in self._of_packages:
            origin = self.code.origins.of(site.spot(site.call.callee))
            if _tables.is_from(origin, loader.sources):
                yield loader, _SURE

    @cached_property
    def _of_packages(self) -> tuple[Loader, ...]:
        """Loaders that go by their package alone, of those packages that the file imports."""
        every = _tables.models().loaders.get(ANY, ())
        return tuple(one for one in every if any(_tables.is_from(name, one.sources) for name in self.imported))

    def sure(self, site: Site, sources: tuple[str, ...]) -> float:
        """How sure it is that what is called comes from one of these packages; of none, that its name is enough."""
        if not sources:
            return _BY_NAME
        origin = self.code.origins.of(site.spot(site.call.callee))
        if origin:
            return _SURE if _tables.is_from(origin, sources) else 0.0
        near = self._near.get(sources)
        if near is None:
            near = self._near[sources] = any(_tables.is_from(name, sources) for name in self.imported)
        return _LIKELY if near else 0.0

    def arguments(self, site: Site, places: tuple[int | str, ...]) -> Iterator[Spot]:
        """What a call gives at one of these places: the named ones first, then the first positional one."""
        call = site.call
        for place in places:
            if isinstance(place, str):
                for arg in call.args:
                    if arg.name == place:
                        yield site.spot(arg.value)
                        return
                    found = _member(arg.value, place) if not arg.name else None
                    if found is not None:
                        yield site.spot(found)
                        return
                built = self._built(site).get(place)
                if built is not None:
                    yield built
                    return
        plain = [arg.value for arg in call.args if not arg.name]
        for place in places:
            if isinstance(place, int) and place < len(plain) and not any(arg.spread for arg in call.args[: place + 1]):
                yield site.spot(plain[place])
                return

    def _built(self, site: Site) -> Mapping[str, Spot]:
        """What members of builders were given, where a call gets what they built: ``.model("…").build()``."""
        if self.module.language not in _BUILDERS:
            return {}
        known = self._builders.get(id(site.call))
        if known is None:
            known = self._builders[id(site.call)] = {}
            for arg in site.call.args:
                led = site.spot(arg.value)
                if isinstance(arg.value, ir.Name):
                    led = self.code.constants.follow(led)
                for call in _addresses.chained(led.expr):
                    if isinstance(call.callee, ir.Attr) and len(call.args) == 1:
                        known.setdefault(call.callee.name, led.at(call.args[0].value))
        return known

    @cached_property
    def speaks(self) -> bool:
        """Whether the file imports a package that AI is built with."""
        ecosystem = ECOSYSTEMS[self.module.language]
        return any(
            (known := packages.imported(ecosystem, module)) is not None and known.certain for module in self.imported
        )

    @cached_property
    def given(self) -> frozenset[int]:
        """The texts of the file that calls are given as names of models, by identity."""
        return frozenset(
            id(spot.expr)
            for site in self.code.index.of(self.path).calls
            for loader, _ in self.loaders(site)
            for spot in self.arguments(site, loader.places)
        )

    def answering(self, site: Site) -> Provider | None:
        """Who answers at the address that a call, or its client, is given."""
        return _addresses.provider(self.code, site, self._around.get(id(site.call)))

    @cached_property
    def _around(self) -> dict[int, Site]:
        """The call that each call is an argument of."""
        calls = self.code.index.of(self.path).calls
        return {id(arg.value): site for site in calls for arg in site.call.args if isinstance(arg.value, ir.Call)}

    def provider(self, site: Site, loader: Loader) -> str:
        """Whom the name of the class, or of the package, means."""
        if loader.provider == "package":
            origin = self.code.origins.of(site.spot(site.call.callee))
            package = origin.partition(".")[0].rpartition("/")[2]
            return "" if package == "openai-compatible" else _names.provider(_PACKAGES.get(package, package))
        if loader.provider == "plugin":
            # LiveKit's plugins are modules that are called after who answers.
            parts = self.code.origins.of(site.spot(site.call.callee)).split(".")
            return _names.provider(parts[2]) if len(parts) > 3 else ""  # noqa: PLR2004  # livekit.plugins.NAME.CLASS
        if loader.provider == "maker":
            name = last_name(site.call.callee).removeprefix("Chat")
            for ending in ("Embeddings", "Embedding", "Rerank", "LLM", "Chat", "ChatGenerator", "Cloud", "AI"):
                name = name.removesuffix(ending) or name
            return _names.provider(name)
        return ""


def _member(value: ir.Expr, name: str) -> ir.Expr | None:
    """A member of an object that is given whole, in languages that name arguments so."""
    if isinstance(value, ir.Unary):
        value = value.value
    if isinstance(value, ir.Mapping):
        for entry in value.entries:
            if isinstance(entry.key, ir.Const) and str(entry.key.value).lower() == name.lower():
                return entry.value
    return None
