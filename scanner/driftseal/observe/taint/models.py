"""Models of libraries, looked up by the names that code calls; read from ``rules/models/<language>.yaml``.

A line of a file is only taken apart when code asks for its name, since a scan uses a few dozen of a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from typing import Final

from driftseal import resources
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.observe.taint.apis import Model, Sink, Source, parse
from driftseal.records import dataclass

__all__ = ["Model", "Models", "Sink", "Source", "load"]

_SECTIONS: Final = frozenset({"description", "builtins", "packages", "reads", "methods", "aliases"})
_FILES: Final[Mapping[str, str]] = {"typescript": "javascript", "tsx": "javascript", "jsx": "javascript"}
"""Languages that share the models of another."""
_LONGEST_NAME: Final = 300
"""Characters of a dotted name; a longer one is none of a library."""
_REMEMBERED: Final = 20_000
"""Names that are looked up once; code repeats few thousand again and again."""
_HOPS: Final = 6
"""Aliases and types of results that are followed from a name to its model."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one language, by dotted name."""

    language: str
    _calls: Mapping[str, str]
    _reads: Mapping[str, str]
    _methods: Mapping[str, str]
    _aliases: Mapping[str, str]
    _parsed: dict[str, Model] = field(default_factory=dict)
    """Lines that were taken apart; as many as the file has at most."""
    _found: dict[str, Model | None] = field(default_factory=dict)
    """What names that were called came to, and those that were read behind a colon."""

    def call(self, name: str) -> Model | None:
        """The model of a called function or class by its full name, a method after its class: ``git.Repo.clone_from``.

        A name that starts with a call whose result has a known type is looked up under that type.
        """
        if name in self._found:
            return self._found[name]
        if len(name) > _LONGEST_NAME:
            return None
        return self._remembered(name, self._call(_normal(name), _HOPS))

    def read(self, name: str) -> Model | None:
        """The model of an attribute that is a source by itself, or of a member of one: ``process.env.HOME``."""
        key = ":" + name
        if key in self._found:
            return self._found[key]
        if len(name) > _LONGEST_NAME:
            return None
        known = next((head for head, _ in _heads(_normal(name)) if head in self._reads), None)
        return self._remembered(key, self._model(self._reads[known], known) if known is not None else None)

    def _remembered(self, key: str, found: Model | None) -> Model | None:
        if len(self._found) < _REMEMBERED:
            self._found[key] = found
        return found

    def method(self, name: str) -> Model | None:
        """The model of a method by its bare name, where nobody knows what object it belongs to."""
        line = self._methods.get(name)
        return self._model(line, name) if line is not None else None

    def names(self) -> Iterator[tuple[str, Model]]:
        """Every name of the file with its model.

        Raises:
            RuleError: a line is malformed.
        """
        for table in (self._calls, self._reads, self._methods):
            for name, line in table.items():
                yield name, self._model(line, name)

    def _call(self, name: str, hops: int) -> Model | None:
        line = self._calls.get(name)
        if line is not None:
            return self._model(line, name)
        if hops == 0:
            return None
        other = self._renamed(name)
        found = self._call(other, hops - 1) if other else None
        return found if found is not None else self._any_of(name)

    def _renamed(self, name: str) -> str:
        """The name under the package or the type that stands for its first parts; empty where none does."""
        for head, rest in _heads(name):
            alias = self._aliases.get(head)
            if alias is None and "." in head:
                alias = self._aliases.get(head.rpartition(".")[0] + ".*")
            if alias is not None:
                return alias + rest
            line = self._calls.get(head) if rest else None
            returns = self._model(line, head).returns if line is not None else ""
            if returns:
                return _normal(returns) + rest
        return ""

    def _any_of(self, name: str) -> Model | None:
        last = name.rpartition(".")[2]
        for head, _ in _heads(name):
            line = self._calls.get(f"{head}.*.{last}") or self._calls.get(head + ".*")
            if line is not None:
                return self._model(line, head)
        return None

    def _model(self, line: str, name: str) -> Model:
        if line not in self._parsed:
            try:
                self._parsed[line] = parse(line)
            except ValueError as cause:
                raise RuleError(f"rules/models/{self.language}.yaml: {name}: {cause}") from cause
        return self._parsed[line]


@cache
def load(language: str) -> Models:
    """The models of a language; none at all for a language without a file.

    Raises:
        RuleError: the file is malformed.
    """
    stem = _FILES.get(language, language)
    path = resources.folder("rules") / "models" / f"{stem}.yaml"
    if not path.is_file():
        return Models(stem, {}, {}, {}, {})
    given = resources.document("models", stem)
    if not isinstance(given, dict) or set(given) - _SECTIONS:
        raise RuleError(f"rules/models/{path.name}: a mapping of {', '.join(sorted(_SECTIONS))}")
    calls = dict(_lines(given.get("builtins"), path.name))
    packages = given.get("packages")
    for key, apis in packages.items() if isinstance(packages, dict) else ():
        for prefix in (_normal(package.strip()) for package in key.split(",")):
            for name, line in _lines(apis, path.name):
                # A package that is itself called, or a class whose name the file gives as a package's.
                calls[prefix if name == "()" else f"{prefix}.{name}"] = line
    return Models(
        stem,
        calls,
        dict(_lines(given.get("reads"), path.name)),
        dict(_lines(given.get("methods"), path.name)),
        dict(_lines(given.get("aliases"), path.name)),
    )


def _lines(given: Json, name: str) -> Iterator[tuple[str, str]]:
    """Names with their lines; a key may list several names."""
    if given is None:
        return
    if not isinstance(given, dict):
        raise RuleError(f"rules/models/{name}: a section is a mapping of names to lines")
    for key, line in given.items():
        if not isinstance(line, str):
            raise RuleError(f"rules/models/{name}: {key}: expected a line of text")
        for one in key.split(","):
            yield _normal(one.strip()), line


def _normal(name: str) -> str:
    """One spelling of what imports spell differently: ``fs/promises``, ``fs.promises``, ``fs.default.promises``."""
    plain = name.removeprefix("node:").replace("/", ".")
    if "default" not in plain:
        return plain
    return ".".join(part for part in plain.split(".") if part != "default")


def _heads(name: str) -> Iterator[tuple[str, str]]:
    """A dotted name, then its shorter and shorter first parts, each with the rest and its dot."""
    end = len(name)
    while end > 0:
        yield name[:end], name[end:]
        end = name.rfind(".", 0, end)
