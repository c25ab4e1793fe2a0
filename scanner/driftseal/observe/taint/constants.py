"""What constants around a value make of it: the text before it, the program that it is an argument of."""

from __future__ import annotations

import posixpath
import string
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from driftseal.code.project import External
from driftseal.observe.taint.labels import (
    ESCAPED,
    INSIDE,
    Label,
    Node,
    Origin,
    Taint,
    chain,
    gone_through,
    merged,
    stepped,
)
from driftseal.observe.taint.values import UNKNOWN, Value, deep
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_HOST: Final = regex(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+[/?#]")
_NAMED: Final = regex(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@\s]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#:\s]+)")
_HOST_BEGUN: Final = regex(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]*")
_IN_HOST: Final = frozenset("/?#")
"""What ends the host of an address."""
_SCRIPT: Final = regex(r"(?i)-[a-z]*c|/[ck]|-command|-encodedcommand")
_INLINE: Final = regex(r"(?i)\s*(?:\S+\s+){0,4}(?:-[a-z]*c|/[ck]|-command|-encodedcommand)\s")
_RELATIVE: Final = regex(r"[^:/?#]+/")
"""How an address begins whose host is set elsewhere."""
_NAME_BEGUN: Final = regex(r"(?:[\w-]|[:,] |[\w?-]\.)$")
"""How a text ends behind which no other part of a path can begin."""
_OPTIONS: Final = frozenset({"argv-option"})
_FORMATTER: Final = string.Formatter()
_HOLES: Final = 64
"""Places of one pattern that are filled."""
_PUT: Final = "put into a string"
PROGRAM: Final = "program"
"""Stands for one of which nobody knows the name."""
_TEXTS: Final = frozenset({_PUT, INSIDE})
_LONGEST: Final = 4096
"""Characters of one constant that are kept."""


def text(parts: Sequence[Value], path: str, line: int) -> Value:
    """A string put together of these parts."""
    head, constant, last, named = "", True, "", False
    found = []
    for part in parts:
        written = _written(part)
        if written is not None:
            head += written if constant else ""
            named = named or (not constant and not _IN_HOST.isdisjoint(written))
            last = written if "/" in written or "\\" in written else last + written
            continue
        taints = deep(part)
        if taints:
            if constant and not head:
                # What is added to a text stands after that text's own beginning.
                head = min((taint.fixed for taint in taints.values()), key=len)
                stands, after = "", False
            else:
                # Once a host has ended, of whatever it was made, nothing that follows changes it.
                after = named and _HOST_BEGUN.fullmatch(head) is not None
                stands = "?" if after else head or "?"
            step = Node(None, path, line, INSIDE if _NAME_BEGUN.search(last) else _PUT)
            found.append(
                {
                    label: Taint(node, cleaned, guards, "?" if after else _behind(stands, fixed), sure)
                    for label, (node, cleaned, guards, fixed, sure) in stepped(taints, step).items()
                }
            )
        constant = False
        # What is no text of a caller's is at least there.
        last = "" if taints else "?"
    # Where a value stands twice, the more harmful place counts.
    found.sort(key=lambda each: any(taint.node is not None and taint.node.what == INSIDE for taint in each.values()))
    if constant and len(head) <= _LONGEST:
        return Value(const=head)
    return Value(merged(found))


def filled(
    pattern: str, positional: Sequence[Value], by_name: Mapping[str, Value], path: str, line: int
) -> Value | None:
    """``pattern.format(…)``, put together of its parts; None where nobody can tell which value stands where."""
    parts: list[Value] = []
    try:
        pieces = list(islice(_FORMATTER.parse(pattern[:_LONGEST]), _HOLES))
    except ValueError:
        return None
    given = iter(positional)
    for literal, name, _spec, _conversion in pieces:
        parts += [Value(const=literal)] if literal else []
        if name is None:
            continue
        first = name.partition(".")[0].partition("[")[0]
        value = by_name.get(first) if first and not first.isdecimal() else next(given, None)
        if value is None or first.isdecimal():
            return None
        parts.append(value)
    return text(parts, path, line)


def _behind(stands: str, fixed: str) -> str:
    """What stands before a value that begins with a text of its own, and is put behind another one."""
    if stands != "?":
        return (stands + fixed)[:_LONGEST]
    # Behind what nobody knows an address of its own may begin; all else is a part of what was begun.
    return fixed if "://" in fixed else "?"


def _written(part: Value) -> str | None:
    if part.const is UNKNOWN or part.taints or part.fields is not None:
        return None
    return part.const if isinstance(part.const, str) else str(part.const)


def host(value: Value) -> str:
    """The host that a URL always goes to, empty where it is not constant."""
    written = value.text
    if written is None:
        heads = {taint.fixed for taint in value.taints.values()}
        written = heads.pop() if len(heads) == 1 else ""
        if not _HOST.match(written):
            return ""
    found = _NAMED.match(written)
    return found[1].lower() if found is not None else ""


def uses(kind: str, value: Value, program: str = PROGRAM) -> Iterator[tuple[str, Label, Taint]]:
    """How a value endangers a sink: the kind, for each label that it comes from.

    ``program`` is what gets the value as its arguments, as far as that is known.
    """
    if kind == "argv":
        yield from _argv(value)
        return
    if kind == "argv-option" and value.items and value.fields:
        # A whole list of arguments, of a helper that names the program: ``run("clone", "--", address)``.
        yield from _argv(value._replace(fields={"": Value(const=program)} | dict(value.fields)))
        return
    if kind == "argv-line":
        yield from _words(value)
        return
    for label, taint in deep(value).items():
        if kind == "line" and any(_encodes(step.what) for step in chain(taint.node)):
            continue
        if kind == "document" and any(_makes_text(step.what) for step in chain(taint.node)):
            continue
        exact = "url-path" if kind == "ssrf" and fixes_host(taint.fixed) else kind
        if not {"*", kind, exact} & taint.cleaned:
            yield exact, label, taint


def _makes_text(step: str) -> bool:
    """Whether what comes of a step is a text, and no object."""
    called = gone_through(step)
    return called in words("text-making") if called != step else step in _TEXTS


def _encodes(step: str) -> bool:
    """Whether no line can end in what comes of a step: it was split into lines, or is written in other letters."""
    return gone_through(step) in words("one-line")


def fixes_host(head: str) -> bool:
    """Whether a URL that starts like this always goes to the same host."""
    if head == "?" or _HOST.match(head) or _RELATIVE.match(head):
        return True
    return head.startswith("file://") or (head.startswith("/") and not head.startswith("//"))


def _words(value: Value) -> Iterator[tuple[str, Label, Taint]]:
    """One text that is split into arguments: whatever stands in it can add some, unless it is a shell's script."""
    for label, taint in (deep(value) if not value.items else {}).items():
        if not {"*", "argv", "argv-option"} & taint.cleaned and not _SCRIPT.match(taint.fixed):
            yield "argv-option", label, taint


def program(whole: Value) -> str:
    """The program that a list of arguments begins with; empty where it is none, or nobody knows."""
    first = (whole.fields or {}).get("0") if whole.items else None
    return (first.text or "") if first is not None else ""


def _named(program: Value) -> str:
    """What a program is called: ``python3``, or ``sys.executable`` of the one that runs the server.

    Of one that settings may name, what the variable is called tells: ``process.env.ADB_PATH ?? "adb"``.
    """
    if program.text is None:
        told = [label.root for label in program.taints if isinstance(label.root, Origin)]
        if len(told) == 1 == len(program.taints) and told[0].kind == "environment":
            return told[0].name.partition("_")[0].lower()
        return program.ref.name if isinstance(program.ref, External) else ""
    return posixpath.basename(program.text.replace("\\", "/")).removesuffix(".exe").lower()


def _takes_code(program: str, option: str, *, shell: bool) -> bool:
    """Whether the argument behind an option is run as code."""
    if shell and _SCRIPT.fullmatch(option):
        return True
    return program in words("evaluating") and option in words("code-options")


def valued(value: Value) -> Value:
    """A part of a list of arguments, in which what follows an option is that option's: ``["--tag", name]``."""
    fields: dict[str, Value] = {}
    before = ""
    for place, each in (value.fields or {}).items():
        if before.startswith("-") and "=" not in before and before not in words("lone-options"):
            taints = {label: taint._replace(cleaned=taint.cleaned | _OPTIONS) for label, taint in deep(each).items()}
            each = each._replace(taints=taints)  # noqa: PLW2901  # the member as it is told
        fields[place] = each
        before = each.text or ""
    return value._replace(fields=fields)


class _Elsewhere:
    """A program that hands on its arguments as one line to a shell of another machine: ``ssh host``, ``adb shell``."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._named = program in words("remote-shells")
        """Whether the first argument is the machine."""
        self._host = False
        self._line = False

    def reads(self, written: str | None, *, valued: bool) -> bool:
        """Whether an argument, the next one, is a part of such a line; ``valued`` says that it belongs to an option."""
        if self._line:
            return True
        if written is not None and f"{self._program}:{written}" in words("shell-words"):
            self._line = True
        elif self._named and not valued and not (written or "").startswith("-"):
            self._line, self._host = self._host, True
            return self._line
        return False


def _argv(value: Value) -> Iterator[tuple[str, Label, Taint]]:  # noqa: C901  # one list, read once
    """A program and its arguments: which is which decides what a value can do."""
    members = [value.fields[name] for name in value.fields] if value.items and value.fields else []
    program = members[0] if members else value
    for label, taint in (deep(program) if members else program.taints).items():
        if not {"*", "command", "argv"} & taint.cleaned:
            yield "command" if members else "argv", label, taint
    name = _named(program) if members else ""
    shell = name in words("shells")
    script = valued = False
    elsewhere = _Elsewhere(name)
    for each in members[1:]:
        written = each.text
        if written == "--" and not shell:
            return
        line = elsewhere.reads(written, valued=valued)
        if written is not None:
            # A shell may be what another program starts: ``docker exec NAME sh -c``.
            shell = shell or posixpath.basename(written) in words("shells")
            # What follows the code is what it is given.
            script = not script and _takes_code(name, written, shell=shell)
            valued = written.startswith("-") and "=" not in written and written not in words("lone-options")
            continue
        if valued and not (shell or script):
            # The value of the option before it.
            valued = False
            continue
        for label, taint in deep(each).items():
            # A shell's arguments may be one text: ``-c "…"``.
            kind = "command" if line or script or (shell and _INLINE.match(taint.fixed)) else "argv-option"
            harmless = {"*", "argv", "argv-option"} if kind == "argv-option" else {"*", "command"}
            harmless |= ESCAPED if name in words("quoting") else set()
            if not harmless & taint.cleaned and (kind == "command" or not taint.fixed):
                yield kind, label, taint
    if members:
        for label, taint in value.taints.items():
            if not {"*", "argv", "argv-option"} & taint.cleaned:
                yield "argv-option", label, taint
