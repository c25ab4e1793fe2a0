"""What is known of packages, providers and their keys: ``rules/inventory/``, checked, and ready to be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from driftseal import resources
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.records import dataclass

if TYPE_CHECKING:
    import re2

_FOLDER: Final = "inventory"
_RUN: Final = re.compile(r"[-_.]+")
_MAJOR: Final = re.compile(r"v[1-9][0-9]{0,4}")
_UNDERSCORED: Final = frozenset({"pypi", "cargo"})
"""Ecosystems whose packages are imported with ``_`` where their names have ``-``."""
_STEPS: Final = {"npm": "/", "golang": "/", "pypi": ".", "cargo": ".", "nuget": ".", "maven": "."}
"""What stands between the parts of an import."""
_NONE: Final = "none"
_NPM: Final = "npm:"
_INFERENCE: Final = "inference"


# --- packages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Package:
    """One package that AI is built with."""

    ecosystem: str
    name: str
    """As its registry writes it; empty where only a family is known."""
    role: str
    provider: str = ""
    """Key in ``providers``; empty where it speaks to many, or to none."""
    certain: bool = True
    """Whether the import that it was found by is proof; people call modules of their own by some of these names."""
    symbols: frozenset[str] = frozenset()
    """What only its module has: an import of one of these is proof after all."""


def package(ecosystem: str, name: str) -> Package | None:
    """What is known of a package of a registry, by its name in any spelling that the registry takes."""
    return _packages().get(ecosystem, _NOBODY).named(name)


def imported(ecosystem: str, module: str) -> Package | None:
    """The package that an import leads to: ``langchain_openai.chat_models``, ``@ai-sdk/openai``, a Go import path."""
    if module.startswith(_NPM) and ecosystem == "npm":
        # Deno names the registry, and the version behind the name.
        module = module.removeprefix(_NPM)
        module = module[:1] + module[1:].partition("@")[0]
    return _packages().get(ecosystem, _NOBODY).importing(module)


def modules() -> frozenset[str]:
    """What code imports these packages by, whatever the ecosystem; of a family what all of its modules begin with."""
    return frozenset().union(*(registry.modules() for registry in _packages().values()))


def giving(ecosystem: str, module: str) -> Iterator[str]:
    """The names of all packages that an import may come from: ``pydantic_ai`` is in two of them."""
    return _packages().get(ecosystem, _NOBODY).giving(module)


def normal(ecosystem: str, name: str) -> str:
    """The one spelling of a package's name that registries compare by."""
    if ecosystem == "pypi":
        return _RUN.sub("-", name).casefold()
    return name.replace("_", "-").casefold() if ecosystem == "cargo" else name.casefold()


class _Registry:
    """The packages of one ecosystem."""

    def __init__(self, ecosystem: str) -> None:
        self._ecosystem = ecosystem
        self._exact: dict[str, Package] = {}
        self._families: list[tuple[str, Package]] = []
        self._imports: dict[str, Package] = {}
        self._import_families: list[tuple[str, Package]] = []
        self._giving: dict[str, list[str]] = {}

    def add(self, name: str, role: str, words: list[str]) -> None:
        provider = next((word[1:] for word in words if word.startswith("@") and "/" not in word), "")
        modules = [word for word in words if word != f"@{provider}"]
        if name.endswith("*"):
            family = Package(self._ecosystem, "", role, provider)
            # A star keeps the character before it, which normal spelling would not change either.
            self._families.append((normal(self._ecosystem, name[:-1] + "x")[:-1], family))
            self._import_families += [(module, family) for module in modules if module != "-"]
            return
        written = self._module(name)
        name = normal(self._ecosystem, name) if self._ecosystem == "pypi" else name
        known = Package(self._ecosystem, name, role, provider)
        self._exact[normal(self._ecosystem, name)] = known
        for word in modules or [written]:
            module, _, only = word.removeprefix("?").partition("=")
            if module != "-":
                symbols = frozenset(only.split(",")) if only else frozenset()
                shown = Package(self._ecosystem, name, role, provider, certain=False, symbols=symbols)
                self._imports.setdefault(module, shown if word.startswith("?") else known)
                self._giving.setdefault(module, []).append(name)

    def sort(self) -> None:
        self._families.sort(key=lambda family: -len(family[0]))
        self._import_families.sort(key=lambda family: -len(family[0]))

    def modules(self) -> frozenset[str]:
        if self._ecosystem == "golang":
            return frozenset(self._exact)
        families = (start for start, _ in self._import_families)
        return frozenset(
            (*(module for module, known in self._imports.items() if known.certain or known.symbols), *families)
        )

    def named(self, name: str) -> Package | None:
        told = normal(self._ecosystem, name)
        if self._ecosystem == "golang":
            # A listed module may hold further ones, and a major version is part of its path.
            found = self._within(name)
            return found and Package(self._ecosystem, name, found.role, found.provider)
        found = self._exact.get(told)
        if found is not None and found.role == _NONE:
            return None
        if found is None:
            family = next((known for start, known in self._families if told.startswith(start)), None)
            shown = told if self._ecosystem in _UNDERSCORED else name
            found = family and Package(self._ecosystem, shown, family.role, family.provider)
        return found

    def _within(self, path: str) -> Package | None:
        """The listed module that a Go path is in, called with the major version that the path has."""
        above, below = path, ""
        while above:
            found = self._exact.get(above.casefold())
            if found is not None:
                major = below.partition("/")[0]
                name = f"{above}/{major}" if _MAJOR.fullmatch(major) else above
                return Package(self._ecosystem, name, found.role, found.provider)
            above, _, last = above.rpartition("/")
            below = f"{last}/{below}" if below else last
        return None

    def importing(self, module: str) -> Package | None:
        if self._ecosystem == "golang":
            return self._within(module)
        step = _STEPS.get(self._ecosystem, ".")
        path = module
        while path:
            if path in self._imports:
                known = self._imports[path]
                return known if known.role != _NONE else None
            path = path.rpartition(step)[0]
        for start, family in self._import_families:
            if module.startswith(start):
                return Package(self._ecosystem, self._name_of(module), family.role, family.provider)
        return None

    def giving(self, module: str) -> Iterator[str]:
        """Every package that has a module, or one that it is a part of: the nearest first."""
        step = _STEPS.get(self._ecosystem, ".")
        while module:
            yield from self._giving.get(module, ())
            module = module.rpartition(step)[0]

    def _module(self, name: str) -> str:
        return _RUN.sub("_", name) if self._ecosystem in _UNDERSCORED else name

    def _name_of(self, module: str) -> str:
        """The package of a family that a module is of; empty where the module does not tell."""
        if self._ecosystem == "npm":
            return "/".join(module.split("/")[: 2 if module.startswith("@") else 1])
        if self._ecosystem in _UNDERSCORED:
            return module.partition(".")[0].replace("_", "-")
        return module if self._ecosystem == "nuget" else ""


_NOBODY: Final = _Registry("")


@cache
def _packages() -> dict[str, _Registry]:
    found: dict[str, _Registry] = {}
    for ecosystem, roles in _mapping(read("packages"), "packages"):
        registry = found[ecosystem] = _Registry(ecosystem)
        for role, listed in _mapping(roles, f"packages: {ecosystem}"):
            for name, words in _mapping(listed, f"packages: {ecosystem}: {role}"):
                if not isinstance(words, str | None):
                    raise RuleError(f"rules/{_FOLDER}/packages.yaml: {ecosystem}: {name}: words with blanks between")
                registry.add(name, role, (words or "").split())
        registry.sort()
    return found


# --- providers -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provider:
    """Who answers for models, or keeps what they read."""

    key: str
    title: str
    role: str
    """inference, vector-store, observability, gateway …"""
    prefixes: frozenset[str]
    weak: frozenset[str]
    """Prefixes that prove nothing alone."""
    accounts: frozenset[str]
    """Prefixes that are accounts of the Hugging Face Hub too."""
    models: str = field(repr=False)
    """A pattern of whole names in lower case; empty: its names are told by prefix or address alone."""
    hosts: tuple[str, ...]
    credentials: tuple[str, ...]
    addresses: frozenset[str]
    urls: str = field(default="", repr=False)
    """A pattern of the addresses at which one model is asked, without scheme and query; its group is the model."""
    open: bool = False
    """Its names are those of files that anybody may have; no network needs to answer."""


class Providers:
    """Every provider, by key, prefix, model, host and variable."""

    def __init__(self, listed: tuple[Provider, ...]) -> None:
        self.all: dict[str, Provider] = {provider.key: provider for provider in listed}
        self._prefixes = {prefix: one for one in listed for prefix in one.prefixes}
        self._weak = {prefix: one for one in listed for prefix in one.weak}
        self._hosts = {host: one for one in listed for host in one.hosts}
        self._addresses = {name: one for one in listed for name in one.addresses}
        self._credentials = {name: one for one in listed for name in one.credentials}

    def by_prefix(self, prefix: str, *, weak: bool = False) -> Provider | None:
        """The provider that stands before ``:`` or ``/``; with ``weak``, a word that proves nothing alone counts."""
        told = prefix.casefold()
        return self._prefixes.get(told) or (self._weak.get(told) if weak else None)

    def by_model(self, name: str) -> Provider | None:
        """The provider that alone has a model of this whole name, ``claude-sonnet-4-5`` say."""
        told = name.casefold()
        # Most names are nobody's: one question for all says so.
        if not self._anybody.fullmatch(told):
            return None
        return next((self.all[key] for key, pattern in self._models if pattern.fullmatch(told)), None)

    def by_host(self, host: str) -> Provider | None:
        """The provider that answers at a host."""
        told = host.casefold().rstrip(".")
        if told in self._hosts:
            return self._hosts[told]
        if told.endswith(".amazonaws.com") and told.startswith(("bedrock-runtime", "bedrock-agent-runtime")):
            return self.all.get("aws-bedrock")
        while "." in told:
            told = told.partition(".")[2]
            if f".{told}" in self._hosts:
                return self._hosts[f".{told}"]
        return None

    def by_url(self, host_and_path: str) -> tuple[Provider, str] | None:
        """The provider that answers at an address for one model, and that model; the address without its scheme."""
        for key, pattern in self._urls:
            found = pattern.fullmatch(host_and_path)
            if found is not None:
                return self.all[key], str(found[1])
        return None

    def by_credential(self, variable: str) -> Provider | None:
        """The provider whose key a variable of this name holds."""
        return self._credentials.get(variable.upper())

    def by_address(self, variable: str) -> Provider | None:
        """The provider whose address a variable of this name holds."""
        return self._addresses.get(variable.upper())

    @cached_property
    def _anybody(self) -> re2._Regexp[str]:
        import re2

        return re2.compile("|".join(f"(?:{one.models})" for one in self.all.values() if one.models))

    @cached_property
    def _urls(self) -> tuple[tuple[str, re2._Regexp[str]], ...]:
        import re2

        return tuple((one.key, re2.compile(one.urls)) for one in self.all.values() if one.urls)

    @cached_property
    def _models(self) -> tuple[tuple[str, re2._Regexp[str]], ...]:
        import re2

        return tuple((one.key, re2.compile(one.models)) for one in self.all.values() if one.models)


@cache
def providers() -> Providers:
    """The table.

    Raises:
        RuleError: it is malformed.
    """
    return Providers(tuple(_providers()))


def _providers() -> Iterator[Provider]:
    fields = {
        "title",
        "role",
        "prefixes",
        "weak",
        "accounts",
        "models",
        "hosts",
        "credentials",
        "addresses",
        "urls",
        "open",
    }
    for key, about in _mapping(read("providers"), "providers"):
        if not isinstance(about, dict) or about.keys() - fields or not isinstance(about.get("title"), str):
            raise RuleError(f"rules/{_FOLDER}/providers.yaml: {key}: a mapping of {', '.join(sorted(fields))}")
        yield Provider(
            key=key,
            title=str(about["title"]),
            role=str(about.get("role", _INFERENCE)),
            prefixes=frozenset(_words(about, "prefixes")),
            weak=frozenset(_words(about, "weak")),
            accounts=frozenset(_words(about, "accounts")),
            models=str(about.get("models", "")),
            hosts=_words(about, "hosts"),
            credentials=_words(about, "credentials"),
            addresses=frozenset(_words(about, "addresses")),
            urls=str(about.get("urls", "")),
            open=about.get("open") is True,
        )


# --- reading ---------------------------------------------------------------------------------


def _words(about: dict[str, Json], key: str) -> tuple[str, ...]:
    given = about.get(key, [])
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise RuleError(f"rules/{_FOLDER}/providers.yaml: {key}: a list of words")
    return tuple(str(word) for word in given)


def _mapping(given: Json, where: str) -> list[tuple[str, Json]]:
    if not isinstance(given, dict):
        raise RuleError(f"rules/{_FOLDER}: {where}: a mapping")
    return list(given.items())


def read(stem: str) -> Json:
    """The data of one list of the folder.

    Raises:
        RuleError: there is none, or it is malformed.
    """
    return resources.document(_FOLDER, stem)
