"""What a regular expression lets through, judged by its text: whether it is anchored, and which characters it lists."""

from __future__ import annotations

from typing import Final

from driftseal.regexes import regex

_OPEN: Final = regex(r"(?<!\\)\.[*+]|\\S[*+]|\[\^[^\]]{0,40}\][*+]")
"""Parts that match any text."""
_AHEAD: Final = regex(r"\(\?[!=](?:\\.|\[[^\]]*\]|[^()\\])*\)")
"""A part that looks ahead and matches nothing itself."""
_BEGINS: Final = ("^", r"\A")
_ENDS: Final = ("$", r"\Z", r"\z")
_LISTED: Final = regex(r"/?\[\^([^\]]{1,80})\][+*]?(?:/[a-z]*)?")
_CLASSES: Final = regex(r"\\[wd.-]")
_PLAIN: Final = regex(r"[A-Za-z0-9_ .-]*")
_DRIVE: Final = regex(r"\^?(?:\[[A-Za-z-]+\]|\\w):(?:[/\\|\[\]]*|\(\?:[/\\|]+\))\$?")
_ENDING: Final = regex(r"(?:\.\*)?\\\.(?:[\w|?]|\(\?:|[()]|\[\w+\]|\\\.)+\$")
_LEADING_DASH: Final = regex(r"\^?\(*(?:\?:)?(?:\\?-|\[(?:-|[^\]]*(?:\\-|-\])))")
_SET: Final = regex(r"\[(?!\^)((?:\\.|[^\]\\])+)\]")
_NO_UPWARDS: Final = regex(r"\(\?!.{0,8}\\\.(?:\\\.|\{2)")
"""A pattern that looks ahead for the way up, and refuses it."""
_LETTERS: Final = regex(r"\\[wS]|a-z|A-Z")
_CALLS: Final = frozenset("(`")
_JOINTS: Final = frozenset(";|&$`")
"""Characters behind which a shell begins another command."""
_ENDINGS: Final = _JOINTS | {"\n"}
_ENDS_OF_LINES: Final = regex(r"\\[ns]")
_LINE_ENDS: Final = regex(
    r"\[(?!\^)[^\]]*(?:\\[nrs]|\n|\r|\\x0|\\u000)[^\]]*\]|\\r\?\\n|((?:\\r|\r)(?:\\n|\n))|\\[ns]|\n"
)
"""What of a pattern matches an end of a line; the pair of both, which lets either alone pass, is told apart."""
_SILENT: Final = regex(r"(?:\\[ds.()/*+-]|[-()\d\s.,/*+%^<>=!&|?:])*")
"""Characters of which no name can be made, so that no program can be either."""
_DASH: Final = frozenset({"argv-option", "argv"})
_PATHS: Final = frozenset({"path-read", "path-write", "path-delete"})


def bare(pattern: str) -> str:
    """A pattern without the slashes of JavaScript."""
    return pattern[1 : pattern.rfind("/")] if pattern.startswith("/") and pattern.count("/") > 1 else pattern


def whole(pattern: str, *, begins: bool = False, ends: bool = False) -> bool:
    """Whether a pattern has to match the whole text, and says which characters that may be.

    ``begins`` and ``ends`` hold where the call that tries it sees to that itself.
    """
    text = _AHEAD.sub("", bare(pattern))
    anchored = (begins or text.startswith(_BEGINS)) and (ends or text.endswith(_ENDS))
    return anchored and not _OPEN.search(text)


def closed(pattern: str, kind: str) -> bool:
    """Whether a text that matches is harmless to a sink of this kind."""
    if not whole(pattern):
        return False
    text = bare(pattern)
    if kind == "prototype":
        return "." not in text  # without which a name leads to one member, and not to one of that
    if kind in _DASH:
        return not _LEADING_DASH.match(text)
    return kind not in _PATHS or "/" not in text or "." not in text


_RANGE: Final = regex(r"(?:\\.|[^\\-])-(?:\\.|[^\\\]])")
_FIRST_SET: Final = regex(r"(?:\^|\\A)?\(*(?:\?:)?\[\^((?:\\.|[^\]\\])*)\]")
"""The first of what a pattern matches, where that is a list of what is refused."""


def lets_options(pattern: str) -> bool:
    """Whether a pattern is a list of characters without a dash: what refuses them lets options through."""
    found = _SET.fullmatch(bare(pattern))
    return found is not None and "-" not in _RANGE.sub("", found[1])


def leaves(pattern: str) -> frozenset[str]:
    """Kinds of sinks to which a text may do harm though the whole of it matches, by the characters that it may hold."""
    found: set[str] = set()
    first = _FIRST_SET.match(bare(pattern))
    if first is not None and "-" not in _RANGE.sub("", first[1]):
        # An option begins with what is not among the letters that are refused.
        found |= {"argv", "argv-option"}
    upwards = _NO_UPWARDS.search(pattern) is None
    for each in _SET.finditer(bare(pattern)):
        held = each[1].replace("\\", "")
        letters = _LETTERS.search(each[1]) is not None
        found |= {"code"} if letters and not _CALLS.isdisjoint(held) else set()
        found |= {"command"} if not _JOINTS.isdisjoint(held) else set()
        found |= _PATHS if upwards and "/" in held and "." in held else set()
    return frozenset(found)


def disjoined(pattern: str) -> bool:
    """Whether a text in which a pattern is found nowhere holds nothing behind which a shell begins another command."""
    return _found_alone(pattern) >= _ENDINGS


def parts(pattern: str) -> bool:
    """Whether a pattern matches every character by which a line of a shell gets a second command or another output."""
    return _found_alone(pattern) >= _JOINTS | {">"}


def _found_alone(pattern: str) -> frozenset[str]:
    """The characters that a pattern matches wherever one stands, whatever is beside it."""
    text, held = bare(pattern), set[str]()
    for each in _SET.finditer(text):
        alone = {text[: each.start()][-1:], text[each.end() :].removeprefix("+")[:1]} <= {"", "|"}
        held |= set(_ENDS_OF_LINES.sub("\n", each[1]).replace("\\", "")) if alone else set()
    return frozenset(held)


def breaks(pattern: str) -> bool:
    r"""Whether a pattern matches an end of a line wherever one stands, and not only the pair of ``\\r`` and ``\\n``."""
    return any(found[1] is None for found in _LINE_ENDS.finditer(bare(pattern)))


def of_drives(pattern: str) -> bool:
    """Whether a pattern says no more than that a path begins with the letter of a drive, and so is absolute."""
    return _DRIVE.fullmatch(bare(pattern)) is not None


def of_endings(pattern: str) -> bool:
    r"""Whether a pattern says no more than how a name ends, whatever stands before that: ``\.(js|ts)$``."""
    return _ENDING.fullmatch(bare(pattern)) is not None


def slashes(pattern: str) -> bool:
    """Whether a pattern matches every slash, alone or among other characters."""
    text = bare(pattern)
    found = _SET.fullmatch(text.rstrip("+"))
    return text in {"/", r"\/"} or (found is not None and "/" in found[1])


def unlisted(pattern: str) -> str | None:
    """The characters that a pattern such as ``[^a-z0-9]`` does not match; None for any other pattern."""
    found = _LISTED.fullmatch(pattern)
    return found[1] if found is not None else None


def plain(characters: str) -> bool:
    """Whether a list of characters holds none that a shell, a path or a statement reads as more than themselves."""
    return bool(_PLAIN.fullmatch(_CLASSES.sub(lambda found: found[0][1:], characters)))


def nameless(characters: str) -> bool:
    """Whether code that is made of nothing but listed characters names nothing: it counts, at most."""
    return bool(_SILENT.fullmatch(characters))


_ADDRESS: Final = regex(
    r"https?\??:(?:\\?/){2}(?:\([^()/]{0,80}\\\.\)[?*+]?)?(?:[\w-]|\\[.-])+(?:\\?/|\[\\?[/:?#]|\((?:\?:)?\\?[/:?#]|\$)"
)
"""A pattern that spells a host out, with what ends a host behind it."""
_GROUP: Final = regex(r"\([^()]{0,200}\)")


def fixes_host(pattern: str, *, begins: bool) -> bool:
    """Whether an address that a pattern matches always leads to one host, or to one below it."""
    text = bare(pattern)
    if not begins and not text.startswith(_BEGINS):
        return False
    other = "|" in _GROUP.sub("", text)
    return not other and _ADDRESS.match(text.removeprefix("^").removeprefix(r"\A")) is not None


_PARTS: Final = regex(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:P?<(\w+)>|[:=!]|<[=!]))?|\)")
"""What is read of a pattern to find its groups: escapes and sets are passed over, parentheses counted."""
_PIECES: Final = regex(r"(?:\\[dw-]|\[(?:\\[dw-]|\w-\w|[\w-])+\]|\(\?:|[\w)|-])(?:[+*?]|\{\d*,?\d*\})*")
"""What matches letters, digits and dashes alone, and how often."""
_RANGES: Final = regex(r"\{\d*,?\d*\}|\w-\w|\\d|\d")


def groups(pattern: str) -> list[tuple[str, str]]:
    """The groups that a pattern takes out, in their order: what each is called, and its own text."""
    text, open_ = bare(pattern), list[tuple[int, int]]()
    found: list[tuple[str, str]] = []
    for part in _PARTS.finditer(text):
        if part[0].startswith("("):
            takes = part[0] == "(" or part[1] is not None
            open_.append((len(found) if takes else -1, part.end()))
            found += [(part[1] or "", "")] if takes else []
        elif part[0] == ")" and open_:
            number, begins = open_.pop()
            if number >= 0:
                found[number] = found[number][0], text[begins : part.start()]
    return found


def held(group: str) -> frozenset[str] | None:
    """What a group may hold of ``digits``, ``letters`` and ``-``; None where it may hold anything else."""
    if not group or _PIECES.sub("", group):
        return None
    rest = _RANGES.sub("", group)
    letters = "\\w" in group or any(each.isalpha() or each == "_" for each in group.replace("\\d", ""))
    return frozenset({"letters" if letters else "digits"} | ({"-"} if "-" in rest else set()))


_BARE_DOT: Final = regex(r"[\w\])]\.[A-Za-z]{2}")
_ANY_BEFORE_NAME: Final = regex(r"(?:\.|\\S|\[\^[^\]]{0,40}\])[*+]\??\)?[*?]?[A-Za-z0-9]")
_SCHEME_FIRST: Final = regex(r"\(*(?:\?:)?https?\??:|\w+:(?:\\?/){2}")


def lets_other_origins(pattern: str, *, whole: bool = False) -> bool:
    r"""Whether origins match a pattern that it does not name: ``/acme\.dev$/`` any that ends so, ``evilacme.dev`` too.

    ``whole`` holds where whoever tries it sees to both ends.
    """
    text = bare(pattern)
    begins = whole or text.startswith(_BEGINS) or _SCHEME_FIRST.match(text) is not None
    ends = whole or text.endswith(_ENDS)
    if "|" in _GROUP.sub("", text):
        return False  # of several patterns in one nobody here says which end belongs to which
    named = _SET.sub("x", text)
    return not (begins and ends) or _BARE_DOT.search(named) is not None or _ANY_BEFORE_NAME.search(text) is not None
