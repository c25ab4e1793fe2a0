"""What is known of a value in a template before it is rendered: constants folded, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

HOLE: Final = "\0"
"""Stands in a text for a piece that is not known."""
LONGEST: Final = 4096
"""Characters of a folded value; a longer one counts as unknown."""
_ENTRIES: Final = 512
_SLICED: Final = 1 << 16
_BITS: Final = 256
HUGE: Final = 1 << _BITS
"""Stands for every integer that is larger."""
_SURROGATES: Final = 0xD800
_CONVERSION: Final = re.compile(r"%(?:\((\w+)\))?([#0 +-]?\d{0,2}(?:\.\d{1,2})?)([a-zA-Z%])")
_FIELD: Final = re.compile(r"\{(\w*)(?::(c?))?\}")
_DIRECT: Final[Mapping[str, Callable[[str], str]]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "swapcase": str.swapcase,
    "trim": str.strip,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
}
_SAME: Final = frozenset({"string", "safe", "e", "escape", "default", "d", "tojson", "indent"})


class _Unknown:
    """Nothing is known of a value."""


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Value:
    """A value, as far as it is known."""

    const: Any = UNKNOWN
    """The constant that it is."""
    shape: str = HOLE
    """The text that it would be, with ``HOLE`` for pieces that are not known."""
    message: bool = False
    """Whether it is a message, or several."""
    content: bool = False
    """Whether it holds text that somebody says to the model."""
    keyed: str = ""
    """What words in that text it depends on; empty where on none."""
    function: bool = False
    """Whether it is something that the template takes from elsewhere and could call."""

    @property
    def known(self) -> bool:
        """Whether it is a constant."""
        return self.const is not UNKNOWN

    @property
    def text(self) -> str:
        """The text that it is, or would be."""
        return self.const if isinstance(self.const, str) else self.shape


NOTHING: Final = Value()


def constant(const: Any) -> Value:
    """A value that is known; as good as unknown where it is too large to carry on."""
    if isinstance(const, int) and not isinstance(const, bool):
        const = max(-HUGE, min(HUGE, const))
    return Value(const, _shown(const)) if _is_small(const) else NOTHING


def _is_small(const: Any) -> bool:
    """Whether a constant may be carried on: lists within lists could grow without bound."""
    if isinstance(const, str):
        return len(const) <= LONGEST
    if isinstance(const, (list, dict)):
        entries = list(const) + (list(const.values()) if isinstance(const, dict) else [])
        plain = all(one is None or isinstance(one, (str, int, float, _Unknown)) for one in entries)
        return (
            len(entries) <= _ENTRIES and plain and sum(len(one) for one in entries if isinstance(one, str)) <= LONGEST
        )
    return True


def literal(const: Any) -> Value:
    """A constant of the source itself, of any length."""
    return Value(const, const) if isinstance(const, str) else constant(const)


def _shown(const: Any) -> str:
    return const if isinstance(const, str) else str(const)[:LONGEST] if isinstance(const, (int, float)) else HOLE


def mixed(*values: Value) -> Value:
    """Something unknown that is made of these."""
    return Value(
        message=any(value.message for value in values),
        content=any(value.content for value in values),
        keyed=next((value.keyed for value in values if value.keyed), ""),
    )


def joined(values: Sequence[Value], between: str = "") -> Value:
    """These one after the other as text."""
    about = mixed(*values)
    if sum(len(value.text) + len(between) for value in values) > LONGEST:
        return about
    shape = between.join(value.text for value in values)
    if all(value.known and isinstance(value.const, (str, int, float)) for value in values):
        return replace(about, const=shape, shape=shape)
    return replace(about, shape=shape)


def arithmetic(sign: str, left: Value, right: Value) -> Value:
    """The value of a binary operator."""
    about = mixed(left, right)
    if sign == "+" and (isinstance(left.const, str) or isinstance(right.const, str)):
        return joined((left, right))
    if sign == "%" and isinstance(left.const, str):
        return formatted(left, right.const if isinstance(right.const, (list, tuple)) else [right.const])
    if not (left.known and right.known):
        return joined((left, right)) if sign == "+" and left.shape + right.shape != HOLE else about
    found = _calculated(sign, left.const, right.const)
    return about if found is UNKNOWN else replace(constant(found), content=about.content, keyed=about.keyed)


def _calculated(sign: str, left: Any, right: Any) -> Any:
    if sign == "*":
        return _repeated(left, right)
    if sign == "+" and isinstance(left, list) and isinstance(right, list) and len(left) + len(right) <= LONGEST:
        return left + right
    if not (isinstance(left, int) and isinstance(right, int)):
        return UNKNOWN
    if sign == "**":
        small = 0 <= right <= _BITS and left.bit_length() * right <= _BITS
        return left**right if small else HUGE if right > 0 and abs(left) > 1 else UNKNOWN
    if sign in {"//", "%"}:
        return UNKNOWN if right == 0 else left // right if sign == "//" else left % right
    return left + right if sign == "+" else left - right if sign == "-" else UNKNOWN


def _repeated(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    many, times = (left, right) if isinstance(right, int) else (right, left)
    if isinstance(many, (str, list)) and isinstance(times, int) and len(many) * max(times, 0) <= LONGEST:
        return many * times
    return UNKNOWN


def formatted(pattern: Value, arguments: Sequence[Any]) -> Value:
    """``pattern % arguments``, with plain conversions only, since a width can ask for gigabytes."""
    left = list(arguments)

    def one(found: re.Match[str]) -> str:
        if found[3] == "%":
            return "%"
        given = left.pop(0) if left and not found[1] else UNKNOWN
        if found[3] == "c" and isinstance(given, int):
            return _character(given)
        return str(given)[:LONGEST] if found[3] in "sdi" and isinstance(given, (str, int)) else HOLE

    text = _CONVERSION.sub(one, str(pattern.const)[:LONGEST])
    return constant(text) if HOLE not in text else Value(shape=text[:LONGEST])


def _character(number: int) -> str:
    return chr(number) if 0 < number < _SURROGATES else HOLE


def braced(pattern: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Value:
    """``pattern.format(*arguments, **named)`` with plain fields only."""
    left = list(arguments)

    def one(found: re.Match[str]) -> str:
        name = found[1]
        if name.isdecimal():
            given = arguments[int(name)] if len(name) < 3 and int(name) < len(arguments) else UNKNOWN  # noqa: PLR2004
        else:
            given = named.get(name, UNKNOWN) if name else left.pop(0) if left else UNKNOWN
        if found[2] and isinstance(given, int):
            return _character(given)
        return str(given)[:LONGEST] if isinstance(given, (str, int)) else HOLE

    text = _FIELD.sub(one, pattern[:LONGEST])
    return constant(text) if HOLE not in text else Value(shape=text[:LONGEST])


def changed(name: str, value: Value, arguments: Sequence[Value]) -> Value:
    """The value of a filter or method of that name; what comes from content stays content."""
    about = mixed(value, *arguments)
    if name in {"string", "tojson", "join", "list", "first", "last", "lower", "upper", "trim"} and value.message:
        about = replace(about, content=True)
    if name in {"length", "count", "int", "wordcount"}:
        about = replace(about, message=False)
    if not value.known or not _is_small(value.const):
        return replace(about, shape=value.shape) if name in _SAME else about
    given = [argument.const for argument in arguments]
    if any(one is UNKNOWN for one in given):
        return about
    found = _changed(name, value.const, given)
    if isinstance(found, Value):
        return replace(found, content=about.content, message=about.message, keyed=about.keyed)
    return replace(constant(found), content=about.content, keyed=about.keyed) if found is not UNKNOWN else about


def _changed(name: str, const: Any, given: list[Any]) -> Any:  # noqa: PLR0911 - one line a filter
    if name in _SAME and isinstance(const, str):
        return const
    if isinstance(const, str) and name in _DIRECT and not given:
        return _DIRECT[name](const)
    if name == "format" and isinstance(const, str):
        return formatted(Value(const), given)
    if (
        name == "replace"
        and isinstance(const, str)
        and len(given) > 1
        and all(isinstance(one, str) for one in given[:2])
    ):
        return _replaced(const, given[0], given[1])
    if name in {"join", "list", "first", "last", "reverse"} and isinstance(const, (str, list, dict)):
        return _of_entries(name, list(const), given, text=isinstance(const, str))
    if name == "split" and isinstance(const, str) and given and isinstance(given[0], str) and given[0]:
        return const[:LONGEST].split(given[0])
    if name == "int" and isinstance(const, (int, str)):
        return int(const) if str(const).isdecimal() and len(str(const)) < 80 else UNKNOWN  # noqa: PLR2004
    return UNKNOWN


def _replaced(const: str, old: str, new: str) -> Any:
    if len(const) > LONGEST or (const.count(old) + 1) * len(new) > LONGEST:
        return UNKNOWN
    return const.replace(old, new)


def _of_entries(name: str, entries: list[Any], given: list[Any], *, text: bool) -> Any:
    if name == "join":
        return joined([constant(entry) for entry in entries[:LONGEST]], str(given[0]) if given else "")
    if name == "reverse":
        return "".join(entries[::-1]) if text else entries[::-1]
    if name == "list":
        return entries
    return entries[0 if name == "first" else -1] if entries else UNKNOWN


def entry(value: Value, key: Value) -> Value:
    """``value[key]`` of a constant."""
    if value.known and key.known:
        const, at = value.const, key.const
        if isinstance(const, dict) and isinstance(at, (str, int)):
            return constant(const[at]) if at in const else NOTHING
        if isinstance(const, (str, list)) and isinstance(at, int) and -len(const) <= at < len(const):
            return constant(const[at])
    return mixed(value, key)


def stretch(value: Value, bounds: Sequence[Value]) -> Value:
    """``value[start:stop:step]`` of a constant."""
    given = [bound.const for bound in bounds]
    if (
        isinstance(value.const, (str, list))
        and len(value.const) <= _SLICED
        and all(one is None or isinstance(one, int) for one in given)
        and given[2] != 0
    ):
        return constant(value.const[slice(*given)])
    return mixed(value)
