"""What a Keras configuration has its loader make: every object in it, at any depth."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from driftseal.observe.files import _graph
from driftseal.observe.files._pickle_names import Tier, tier
from driftseal.observe.files.base import Budget, Fact, Property, Seen
from driftseal.observe.words import vocabulary

if TYPE_CHECKING:
    from driftseal.model.item import Json

_SHORTEST: Final = 24
"""Characters of base64 from which on a text may be a program."""
_MARSHAL: Final = frozenset({0x63, 0xE3})
"""First byte of a marshalled code object, without and with its reference flag."""
_COUNTS: Final = 6
"""Zero bytes among the first, which hold small numbers in four bytes each."""
_NAMED: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_./:-]{1,80}")
_SPECIAL: Final = re.compile(r"__\w+__")
_REACHES: Final = re.compile(
    r"(?:^|\.)(?:io|raw_ops|saved_model|python_io|gfile)\.|py_func|numpy_function|load_(?:op_)?library|\bsystem$"
)
"""Functions of TensorFlow that reach files or run Python."""
_NAMED_MOST: Final = 1000
"""Losses and metrics that are looked at."""
_LABELS: Final = frozenset({"name", "description", "class_name", "registered_name", "config"})
"""Members that name nothing to be called, or that are looked at by themselves."""
_HARMFUL: Final = frozenset({Tier.DANGEROUS, Tier.INDIRECTION, Tier.CODE})
_IN_USE: Final = frozenset({"function", "builtin_function_or_method"})


class Config:
    """One configuration."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._classes: Counter[str] = Counter()
        self._told: set[tuple[str, str]] = set()

    def walk(self, root: Json) -> Iterator[Seen]:
        """Facts in the order of the document."""
        left: list[Json] = [root]
        while left and self._budget.spend():
            value = left.pop()
            if isinstance(value, dict):
                yield from self._object(value)
                left.extend(reversed(value.values()))
            elif isinstance(value, list):
                left.extend(reversed(value))
            elif isinstance(value, str) and len(value) >= _SHORTEST:
                yield from self._text(value)
        if self._classes:
            told: dict[str, Json] = dict(sorted(self._classes.items())[: _graph.LISTED])
            yield Property("classes", told)

    def _fact(self, name: str, evidence: str, subject: str) -> Iterator[Fact]:
        if (name, subject) not in self._told:
            self._told.add((name, subject))
            yield Fact(name, evidence, subject=subject)

    def _object(self, value: Mapping[str, Json]) -> Iterator[Seen]:
        for kind in _all(value, "class_name"):
            if isinstance(kind, str):
                self._classes[kind] += 1
                yield from self._made(kind, value)
        if "optimizer" in value or "optimizer_config" in value:
            yield from self._compiled(value)
        yield from self._named(value)
        for member in vocabulary("keras", "path-members"):
            for path in _all(value, member):
                if isinstance(path, str) and path:
                    why = _graph.why_escapes(path) or "is a path"
                    yield from self._fact("keras-reads-file", f"{member}: {path} {why}", path)

    def _named(self, value: Mapping[str, Json]) -> Iterator[Seen]:
        """Functions that switch checks off or fetch files, and modules that do harm, whatever member names them."""
        for member, item in value.items():
            if not isinstance(item, str) or member in _LABELS:
                continue
            if item.rpartition(".")[2].lower() in vocabulary("keras", "loader-functions"):
                yield from self._fact("keras-dangerous-function", f"{member}: {item}", item)
            elif member.endswith("_module") and tier(item, "any") in _HARMFUL:
                yield from self._fact("keras-foreign-module", f"{member}: {item}", item)

    def _made(self, kind: str, value: Mapping[str, Json]) -> Iterator[Seen]:
        layer = _name(value) or kind
        short = kind.rpartition(">")[2].rpartition(".")[2]
        if short.lower() in vocabulary("keras", "code-classes"):
            fact = "keras-lambda" if short.lower() == "lambda" else "keras-operator-layer"
            yield from self._fact(fact, f"{short} {layer}", layer)
            yield from self._operator(value)
        yield from self._special(kind, short, layer)
        modules = [one for one in _all(value, "module") if isinstance(one, str) and one]
        function = kind in _IN_USE
        if _is_unknown(kind, modules, value):
            yield from self._fact("keras-unknown-class", f"{layer} is of the class {kind}", kind)
        for config in _all(value, "config") if function else []:
            named = config if isinstance(config, str) else _name({"config": config})
            yield from self._function(modules or [""], named)
        for module in modules:
            if not (function and module == "builtins") and not _in(module, "modules"):
                yield from self._fact("keras-foreign-module", f"{layer}: {module}.{kind}", f"{module}.{kind}")
        for registered in _all(value, "registered_name"):
            if isinstance(registered, str) and ">" in registered:
                yield from self._fact("keras-custom-class", f"{layer}: {registered}", registered)
        if short.lower() in vocabulary("keras", "dangerous-functions"):
            yield from self._fact("keras-dangerous-function", f"{layer} names {short}", short)

    def _special(self, kind: str, short: str, layer: str) -> Iterator[Seen]:
        """Classes that carry code or pickles, by their names alone."""
        if short == "TorchModuleWrapper":
            yield from self._fact("keras-torch-module", f"{layer} unpickles a torch module", layer)
        if kind == "__lambda__":
            yield from self._fact("keras-lambda", "a function in code", "__lambda__")

    def _operator(self, value: Mapping[str, Json]) -> Iterator[Seen]:
        """What a layer calls that holds the name of one function."""
        for config in _all(value, "config"):
            name = config.get("function") if isinstance(config, dict) else None
            if isinstance(name, str) and _REACHES.search(name):
                yield from self._fact("keras-dangerous-function", f"it calls {name}", name)

    def _compiled(self, value: Mapping[str, Json]) -> Iterator[Seen]:
        """Losses and metrics by name: those that Keras does not bring are functions of whoever loads the model."""
        for member in ("loss", "metrics", "weighted_metrics"):
            left = list(_all(value, member))
            for _ in range(_NAMED_MOST):
                if not left:
                    break
                one = left.pop()
                if isinstance(one, dict):
                    left += [] if "class_name" in one else one.values()
                elif isinstance(one, list):
                    left += one
                elif isinstance(one, str) and one.lower() not in vocabulary("keras-names", "names"):
                    yield from self._fact("keras-unknown-function", f"{member}: {one}", one)

    def _function(self, modules: list[str], name: str) -> Iterator[Seen]:
        short = name.rpartition(".")[2]
        for module in modules:
            full = f"{module}.{name}" if module else name
            if short.lower() in vocabulary("keras", "dangerous-functions") or _SPECIAL.search(name):
                yield from self._fact("keras-dangerous-function", f"it names {full}", full)
            elif _in(module, "modules") and not _in(module, "function-modules"):
                yield from self._fact("keras-odd-function", f"it names {full}", full)
            elif module == "builtins":
                yield from self._fact("keras-named-function", f"it names {full}", full)

    def _text(self, text: str) -> Iterator[Seen]:
        """A text that is code: marshalled by Python and written in base64, as ``Lambda`` keeps functions."""
        head = text[: _SHORTEST * 2].replace("\n", "").strip()
        if (_first_byte(head)) not in _MARSHAL:
            return
        try:
            code = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            return
        if code.count(0, 0, _SHORTEST) < _COUNTS:
            return
        names = dict.fromkeys(found.decode("ascii") for found in _NAMED.findall(code[: 1 << 16]))
        shown = ", ".join(list(names)[:40])
        yield from self._fact("keras-marshalled-code", f"code that names {shown}", shown[:200])


def _first_byte(text: str) -> int:
    try:
        return base64.b64decode(text[:4], validate=True)[0]
    except (binascii.Error, ValueError, IndexError):
        return -1


def _all(value: Mapping[str, Json], key: str) -> list[Json]:
    """Every value that an object holds under a key, those of doubled keys too."""
    found = [value[key]] if key in value else []
    further = 2
    while (again := f"{key}#{further}") in value:
        found.append(value[again])
        further += 1
    return found


def _name(value: Mapping[str, Json]) -> str:
    config = value.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return name if isinstance(name, str) else ""


def _is_unknown(kind: str, modules: list[str], value: Mapping[str, Json]) -> bool:
    """Whether a class is said to be one of Keras's own, which are all known, and is none."""
    registered = [kind, *(one for one in _all(value, "registered_name") if isinstance(one, str))]
    if any(">" in one for one in registered):
        return False
    own = all(
        module.startswith(("keras.", "tf_keras.", "tensorflow.keras.")) or module == "keras" for module in modules
    )
    return own and kind.rpartition(".")[2].lower() not in vocabulary("keras-names", "names")


def _in(module: str, group: str) -> bool:
    """Whether a module is one of a list's, or lies below one."""
    parts = module.split(".")
    return any(".".join(parts[:count]).lower() in vocabulary("keras", group) for count in range(1, len(parts) + 1))
