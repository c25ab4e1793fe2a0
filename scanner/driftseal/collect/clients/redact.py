"""Texts from configurations with every secret taken out; what looks secret is data (``rules/lists/secrets.yaml``).

A name, a known beginning or plain randomness marks a secret. References such as ``${TOKEN}`` name a
variable and stay, paths, package names, versions and hashes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.records import dataclass
from driftseal.regexes import regex

REDACTED: Final = "<redacted>"

_WORDS: Final = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_REFERENCE: Final = regex(
    r"\$\{\{[^{}\n]{1,200}\}\}|\$\{[^{}\n]{1,200}\}|\{(?:env|file|input):[^{}\n]{1,200}\}|\$[A-Za-z_]\w{0,199}|%[A-Za-z_]\w{0,199}%"
)
_DEFAULT: Final = regex(r"(\$\{[^{}\n:]{1,200}:?[-=])([^{}\n]{1,200})\}")
_URL: Final = regex(r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s'\"<>]+")
_USERINFO: Final = regex(r"//[^/?#\s]*@")
_PASSWORD: Final = regex(r"//[^/?#\s@:]*:([^/?#\s@]*)@")
_PARAMETER: Final = regex(r"([?&#;])([^=?&#;]*+)=([^&#;]*)")
_PAIR: Final = regex(r"(--?[A-Za-z][\w.-]*|[A-Za-z_][\w.-]*)(=|:\s*)(.+)", re.DOTALL)
_VARIABLE: Final = regex(r"[A-Za-z_]\w*")
_ASSIGNED: Final = regex(
    r"(?<![\w.-])(?:(-{1,2}[A-Za-z][\w.-]*+)(?:\s*+[=:]\s?|\s++)|([A-Za-z_][\w.-]*+)\s?[=:]\s?)(?=\S)"
)
_VALUE: Final = regex(r"'[^'\n]*+'?|\"[^\"\n]*+\"?|[^\s'\"&;,]*+")
_NO_VALUES: Final = ("-", REDACTED, "//", "$", "{", "%", "[", "(")
"""What follows a name and is no value: the next flag, what is gone already, a reference, a sentence."""
_FLAG: Final = regex(r"--?[A-Za-z][\w.-]*")
_RUN: Final = regex(r"[A-Za-z0-9+_=-]{20,}")
_PART: Final = regex(r"[A-Za-z0-9+]{16,}")
_HEX: Final = regex(r"(?:[0-9a-f]+|[0-9A-F]+)")
_LEAST_WORDS: Final = 0.3
"""Words per character of a run: text has few, random letters and digits about one for every second character."""
_PORT_OR_SCOPE: Final = regex(r"[\d.:/-]+(?:tcp|udp)?|@[\w./@-]+")
"""What follows ``-p`` and ``-u`` when it is no password: a port, a user's number, a scoped package."""
_SURROGATE: Final = regex("[\ud800-\udfff]")
_BLANK: Final = regex(r"(?i)<[\w -]{0,80}>|x{2,}|\*{2,}|\.{2,}|-|_+|none|null|todo|tbd|change[-_]?me|placeholder")
_PLACEHOLDER: Final = regex(r"(?i)(?:your|insert|enter|replace|paste|example|dummy|fake)(?=[-_ ])[a-z0-9 _.-]{0,60}")
_MASKED: Final = regex(r"(?i)(?:[a-z0-9]{1,12}[-_]){0,4}[a-z0-9]{0,12}?(?:x{4,}|\*{3,}|\.{3,}|…)|(.)\1*+", re.DOTALL)
"""Characters that only show how a value begins and how long it is: ``sk-xxxx``, ``ghp_...``, ``0000``."""
_BRACKETED: Final = regex(r"[<\[{(]{1,2}[^<>\[\]{}()\n]{1,80}[>\]})]{1,2}")
_WORDY: Final = regex(r"[A-Za-z _.-]{1,80}")
_SHORTEST: Final = 4
"""Characters of a secret that is worth the name."""
_PATH: Final = regex(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w .@-]{1,100}){1,40}")
_LEADING_SCHEME: Final = regex(r"(?i)(?:bearer|basic|token)\s++")
_SCHEME: Final = regex(r"(?i)(?:bearer|basic|token|digest|apikey)")
_AFTER_SCHEME: Final = regex(r"\s++[^\s'\"&;,]++")
_SCHEME_VALUE: Final = regex(r"(?i)\b((?:bearer|basic)\s++)([^\s'\"&;,$<{\d]*+\d[^\s'\"&;,]*+)")
_USER_VALUE: Final = regex(r"(?<!\S)((?:-u|--user)[ =])([^\s'\":/]*+:[^\s'\"]++)")
_NAME: Final = regex(r"[\w.()-]{1,200}")


@dataclass(frozen=True, slots=True)
class _Signs:
    names: frozenset[str]
    joined: frozenset[str]
    plain_names: frozenset[str]
    blank_words: frozenset[str]
    keepers: frozenset[str]
    flags: frozenset[str]
    pair_flags: frozenset[str]
    pattern: Any
    """All value patterns as one compiled RE2 alternation."""


@cache
def _signs() -> _Signs:
    import re2

    data = rulebook.load_list("secrets")
    if not isinstance(data, dict):
        raise RuleError("rules/lists/secrets.yaml: expected a mapping")
    texts: dict[str, frozenset[str]] = {}
    for name in ("names", "joined", "plain_names", "blank_words", "keepers", "flags", "pair_flags"):
        listed = data.get(name)
        if not isinstance(listed, list):
            raise RuleError(f"rules/lists/secrets.yaml: {name} is a list")
        texts[name] = frozenset(str(word) for word in listed)
    patterns = data.get("patterns")
    if not isinstance(patterns, list):
        raise RuleError("rules/lists/secrets.yaml: patterns is a list")
    sources = [str(entry["pattern"]) for entry in patterns if isinstance(entry, dict)]
    try:
        pattern = re2.compile("|".join(f"(?:{source})" for source in sources))
    except re2.error as cause:
        raise RuleError(f"rules/lists/secrets.yaml: {cause}") from cause
    return _Signs(**texts, pattern=pattern)


# --- names -----------------------------------------------------------------------------------


def is_secret_name(name: str) -> bool:
    """Whether a variable, header, option or query parameter of this name holds a secret."""
    signs = _signs()
    words = [word.lower() for word in _WORDS.findall(name)]
    if "_".join(words) in signs.plain_names:
        return False
    return not signs.names.isdisjoint(words) or "".join(words) in signs.joined


# --- values ----------------------------------------------------------------------------------


def references(text: str) -> Iterator[str]:
    """Every reference to a variable, an input or a file in a text, without its default."""
    for found in _REFERENCE.finditer(text):
        yield _DEFAULT.sub(lambda given: given[1].rstrip("-=").rstrip(":") + "}", found[0])


def is_reference(text: str) -> bool:
    """Whether nothing but a reference without a default stands there, a scheme word before it at most."""
    bare = _without_scheme(text)
    found = _REFERENCE.fullmatch(bare)
    return found is not None and not _DEFAULT.fullmatch(bare)


def is_placeholder(text: str) -> bool:
    """Whether this is no secret, whatever it is called: it marks where one is to be put, or says yes, no or nothing."""
    bare = _without_scheme(text)
    return (
        len(bare) < _SHORTEST
        or any(form.fullmatch(bare) for form in (_BLANK, _PLACEHOLDER, _MASKED, _BRACKETED))
        or (_WORDY.fullmatch(bare) is not None and _is_blank(bare))
    )


def _is_blank(bare: str) -> bool:
    signs = _signs()
    return all(word in signs.blank_words or word in signs.names for word in map(str.lower, _WORDS.findall(bare)))


def _without_scheme(text: str) -> str:
    """What follows ``Bearer`` and its like."""
    bare = text.strip()
    found = _LEADING_SCHEME.match(bare)
    return bare[found.end() :] if found else bare


def is_path(text: str) -> bool:
    """Whether this names a file, and holds nothing secret: a key in a file is not written down here."""
    return _PATH.fullmatch(text.strip()) is not None and not is_secret_value(text)


def is_kept(text: str) -> bool:
    """Whether this says where a keeper of secrets has the value, ``op://Private/GitHub/token``, and holds none."""
    return text.strip().startswith(tuple(_signs().keepers)) and not is_secret_value(text)


def without_placeholders(text: str) -> str:
    """A text that holds URLs, without the parameters and passwords in them that are placeholders."""
    if "://" not in text:
        return text
    text = _PASSWORD.sub(lambda found: "//" if is_placeholder(found[1]) else found[0], text)
    return _PARAMETER.sub(lambda found: f"{found[1]}{found[2]}=" if is_placeholder(found[3]) else found[0], text)


def _may_be_shown(text: str) -> bool:
    """Whether what follows a secret name says in itself that it is no value: a reference, a blank to be filled in."""
    return is_reference(text) or not text.strip() or _BLANK.fullmatch(text.strip()) is not None


def name(text: str) -> str:
    """The name of a variable or a header, fit to be shown; what cannot be a name is none of our business."""
    return redact(text) if _NAME.fullmatch(text) else REDACTED


def is_secret_value(text: str) -> bool:
    """Whether the text holds something that is secret whatever it is called."""
    return redact(text) != text


def redact(text: str) -> str:
    """The text without URL credentials, secret query values, known token forms and random runs."""
    if len(text) < 6:  # noqa: PLR2004  # no secret is shorter, and most arguments are
        return text
    if "://" in text:
        text = _URL.sub(lambda found: url(found[0]), text)
    text = _DEFAULT.sub(_without_default, text)
    text = _without_values(text)
    text = _SCHEME_VALUE.sub(rf"\1{REDACTED}", text)
    text = _USER_VALUE.sub(rf"\1{REDACTED}", text)
    if not text.isascii():
        # RE2 reads UTF-8, which cannot carry these; in a shown text nobody misses them.
        text = _SURROGATE.sub("\ufffd", text)
    text = _signs().pattern.sub(REDACTED, text)
    return _RUN.sub(_unless_random, text)


def _without_default(found: re.Match[str]) -> str:
    name, default = found[1], found[2]
    if (is_secret_name(name) and not _may_be_shown(default)) or redact(default) != default:
        return f"{name}{REDACTED}}}"
    return found[0]


def _without_values(text: str) -> str:
    """``NAME=value``, ``name: value`` and ``--name value`` of secret names, inside quotes and in chains too."""
    done: list[str] = []
    copied = at = 0
    while (found := _ASSIGNED.search(text, at)) is not None:
        start = found.end()
        at = start + (text[start] in "'\"")
        # A value is read only after a secret name, and then left behind, so that nothing is read twice.
        if text.startswith(_NO_VALUES, start) or not is_secret_name(found[1] or found[2]):
            continue
        value = _VALUE.match(text, start)
        bare = value[0].strip("'\"") if value else ""
        if value and not _may_be_shown(bare):
            rest = _AFTER_SCHEME.match(text, value.end()) if _SCHEME.fullmatch(bare) else None
            if rest is not None and is_reference(rest[0]):
                continue
            done += (text[copied:start], REDACTED)
            copied = at = (rest or value).end()
    return "".join((*done, text[copied:])) if done else text


def _unless_random(found: re.Match[str]) -> str:
    return REDACTED if any(_is_random(part) for part in _PART.findall(found[0])) else found[0]


def _is_random(part: str) -> bool:
    if _HEX.fullmatch(part) or part.isdigit():
        return False
    return any(char.isdigit() for char in part) and len(_WORDS.findall(part)) >= _LEAST_WORDS * len(part)


def url(text: str) -> str:
    """A URL without user and password, and without the values of secret query parameters and fragments."""
    text = _USERINFO.sub(lambda found: found[0] if is_reference(found[0][2:-1]) else f"//{REDACTED}@", text, count=1)
    return _PARAMETER.sub(_parameter, text)


def _parameter(found: re.Match[str]) -> str:
    mark, name, value = found[1], found[2], found[3]
    if not value or is_reference(value) or (not is_secret_name(name) and not is_secret_value(value)):
        return found[0]
    return f"{mark}{name}={REDACTED}"


# --- arguments -------------------------------------------------------------------------------


def arguments(given: Sequence[str], *, package_flags: frozenset[str] = frozenset()) -> tuple[list[str], list[int]]:
    """Arguments fit to be shown, and the places of those that held a secret.

    A flag's value is judged by the flag; of ``-e NAME=VALUE`` and ``-H NAME: VALUE`` only the name stays.
    ``package_flags`` name a package while nothing but options has come before them.
    """
    signs = _signs()
    leading = True
    shown: list[str] = []
    secret: list[int] = []
    before = ""
    for index, argument in enumerate(given):
        if leading and before in package_flags:
            clean, found = redact(argument), False
        elif before in signs.pair_flags:
            clean, found = _pair(argument, always=True)
        elif _is_secret_flag(before, signs) and not _FLAG.fullmatch(argument):
            short = len(before) == len("-p") and _PORT_OR_SCOPE.fullmatch(argument)
            clean, found = (argument, False) if short else _value(argument)
        else:
            clean, found = _pair(argument, always=False)
        shown.append(clean)
        if found:
            secret.append(index)
        leading = leading and (argument.startswith("-") or before in package_flags)
        before = argument
    return shown, secret


def _is_secret_flag(flag: str, signs: _Signs) -> bool:
    return flag.startswith("-") and "=" not in flag and (flag in signs.flags or is_secret_name(flag))


def _value(value: str) -> tuple[str, bool]:
    """What follows a secret name: shown only where it is no value."""
    if _may_be_shown(value):
        return value, False
    return REDACTED, not (is_placeholder(value) or is_path(value) or is_kept(value))


def _pair(argument: str, *, always: bool) -> tuple[str, bool]:
    """One argument by itself. ``always``: it is NAME=VALUE, whose value never enters, secret or not."""
    found = _PAIR.fullmatch(argument)
    if found is not None:
        name, mark, value = found[1], found[2], found[3]
        named = is_secret_name(name) or (name.startswith("-") and name in _signs().flags)
        if named and not value.startswith("//"):
            clean, secret = _value(value)
            return f"{name}{mark}{clean}", secret
        if always and not is_reference(value):
            return f"{name}{mark}{REDACTED}", is_secret_value(value)
    if always and not found:
        # ``-e NAME`` hands a variable on; a header without a colon is none.
        return (argument, False) if _VARIABLE.fullmatch(argument) else (REDACTED, is_secret_value(argument))
    bare = without_placeholders(argument)
    return redact(argument), redact(bare) != bare
