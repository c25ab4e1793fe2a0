"""JSON Schema from Rust's types, as schemars writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.code.project import ClassRef
from driftseal.model.item import Json
from driftseal.regexes import regex

_DEPTH: Final = 8
_CHARS: Final = 2000
"""Length of one type that is read."""
_TEXTS: Final = frozenset({"String", "str", "char", "PathBuf", "Path", "Url", "Cow", "OsString"})
_WHOLE: Final = regex(r"([iu])(8|16|32|64|128|size)")
_FRACTIONS: Final[Mapping[str, str]] = {"f32": "float", "f64": "double"}
_LISTS: Final = frozenset({"Vec", "VecDeque", "HashSet", "BTreeSet", "IndexSet"})
_MAPS: Final = frozenset({"HashMap", "BTreeMap", "IndexMap", "Map", "JsonObject"})
_AROUND: Final = frozenset({"Box", "Arc", "Rc", "Parameters", "Json", "Cow"})
_HEAD: Final = regex(r"(?:&|'\w+|\s|\bmut\b|\bdyn\b)*((?:\w+\s*::\s*)*)(\w+)")
_CASES: Final = (
    "camelCase",
    "kebab-case",
    "snake_case",
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "SCREAMING_SNAKE_CASE",
)
_HUMP: Final = regex(r"(?<=[a-z0-9])(?=[A-Z])")


class Types:
    """Reads the types of one project."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants

    def cls(self, path: str, text: str) -> ClassRef | None:
        """The struct or enumeration of the project that a type names."""
        name, _ = taken_apart(text)
        whole = self._constants.follow(Spot(path, 0, ir.Name(name, 0))) if name else None
        if whole is None or not isinstance(whole.expr, ir.ClassValue):
            return None
        return ClassRef(whole.path, whole.expr.cls)

    def type(self, path: str, text: str, depth: int = _DEPTH) -> dict[str, Json]:  # noqa: PLR0911  # one case a line
        """The schema of a type as written."""
        name, inner = taken_apart(text)
        if depth == 0 or len(text) > _CHARS:
            return {}
        if name in _TEXTS and not inner:
            return {"type": "string"}
        number = _WHOLE.fullmatch(name)
        if number is not None:
            unsigned = number[1] == "u"
            told: dict[str, Json] = {"type": "integer", "format": f"{'u' if unsigned else ''}int{_bits(number[2])}"}
            return (told | {"minimum": 0}) if unsigned else told
        if name in _FRACTIONS:
            return {"type": "number", "format": _FRACTIONS[name]}
        if name == "bool":
            return {"type": "boolean"}
        if name == "Option" and inner:
            told = self.type(path, inner[0], depth - 1)
            return told | {"type": [told["type"], "null"]} if isinstance(told.get("type"), str) else told
        if name in _LISTS or text.strip().startswith(("[", "&[")):
            return {"type": "array", "items": self.type(path, inner[0], depth - 1)} if inner else {"type": "array"}
        if name in _MAPS:
            more: dict[str, Json] = {"additionalProperties": self.type(path, inner[-1], depth - 1)} if inner else {}
            return {"type": "object"} | more
        if name in _AROUND and inner:
            return self.type(path, inner[-1], depth - 1)
        ref = self.cls(path, text)
        return self.model(ref, depth - 1) if ref is not None else {}

    def model(self, ref: ClassRef, depth: int = _DEPTH) -> dict[str, Json]:
        """The schema of a struct or of an enumeration of names."""
        cls = self._constants.project.cls(ref)
        case = self._told(ref, cls.decorators, "serde", "rename_all") or ""
        if any(last_name(base) == "Enum" for base in cls.bases):
            return {"type": "string", "enum": [cased(one.name, case) for one in cls.fields]}
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for one in cls.fields if depth > 0 else ():
            if not one.annotation:
                continue
            name = self._told(ref, one.decorators, "serde", "rename") or cased(one.name, case)
            said = self._told(ref, one.decorators, "schemars", "description") or one.doc
            told: dict[str, Json] = {"description": said} if said else {}
            properties[name] = told | self.type(ref.path, one.annotation, depth - 1)
            if taken_apart(one.annotation)[0] != "Option" and not _has_default(one.decorators):
                required.append(name)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        found |= {"description": cls.doc} if cls.doc else {}
        return found | {"required": required} if required else found

    def _told(self, ref: ClassRef, marks: tuple[ir.Expr, ...], mark: str, key: str) -> str | None:
        """What an attribute says under a name."""
        for each in marks:
            if isinstance(each, ir.Call) and last_name(each.callee) == mark:
                for arg in each.args:
                    text = self._constants.text(Spot(ref.path, 0, arg.value)) if arg.name == key else None
                    if text is not None:
                        return text
        return None

    def described(self, path: str, marks: tuple[ir.Expr, ...]) -> dict[str, Json]:
        """What ``#[schemars(description = "…")]`` says."""
        text = self._told(ClassRef(path, 0), marks, "schemars", "description")
        return {"description": text} if text is not None else {}


def taken_apart(text: str) -> tuple[str, list[str]]:
    """The last part of a type's path, with what it is given: ``Option``, ``[String]``."""
    found = _HEAD.match(text)
    if found is None:
        return "", []
    rest = text[found.end() :].strip().removeprefix("::").strip()
    if not rest.startswith("<"):
        return found[2], []
    inner: list[str] = []
    depth, start = 0, 1
    for at, char in enumerate(rest):
        depth += (char in "<([") - (char in ">)]")
        if (char == "," and depth == 1) or depth == 0:
            inner.append(rest[start:at].strip())
            start = at + 1
        if depth == 0:
            break
    return found[2], [one for one in inner if one and not one.startswith("'")]


def cased(name: str, case: str) -> str:
    """A name in the spelling that serde is told to use."""
    if case not in _CASES:
        return name
    words = [word.lower() for part in name.split("_") for word in _HUMP.split(part) if word]
    if case in {"camelCase", "PascalCase"}:
        capital = "".join(word.capitalize() for word in words)
        return capital if case == "PascalCase" else capital[:1].lower() + capital[1:]
    joined = {"kebab-case": "-", "snake_case": "_", "SCREAMING_SNAKE_CASE": "_"}.get(case, "").join(words)
    return joined.upper() if case in {"UPPERCASE", "SCREAMING_SNAKE_CASE"} else joined


def _bits(width: str) -> str:
    return "" if width == "size" else width


def _has_default(marks: tuple[ir.Expr, ...]) -> bool:
    serde = (each for each in marks if isinstance(each, ir.Call) and last_name(each.callee) == "serde")
    return any(arg.name == "default" or last_name(arg.value) == "default" for each in serde for arg in each.args)
