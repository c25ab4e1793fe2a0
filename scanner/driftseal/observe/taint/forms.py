"""Checks by their form: beginnings and ends of texts, patterns, lists, what libraries check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code.project import External, Instance, ValueRef
from driftseal.observe.taint import bodies, constants, patterns, subjects, targets
from driftseal.observe.taint.apis import SINKS
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import AROUND, BEGUN, HOSTS, READING, ROOM, SLASHED, TLS, WITHS, Guard
from driftseal.observe.taint.summary import Check
from driftseal.observe.taint.values import Value
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_PRIVATE: Final = regex(r"(?i)localhost|127\\*\.|192\\*\.168|169\\*\.254|^10\\*\.|[(|^]10\\*\.|^::1$|metadata\.")
_PLAIN: Final = frozenset({"does not contain a text", "does not begin with a text"})
ALLOWED: Final = Guard(strong=False, what=BEGUN, kinds=frozenset({"command"}))
_CONSTANTS: Final = 8
"""Places at which one member is set that are looked at."""
_ROOTS: Final = frozenset({"/", "\\", "~", "~/", "./", "."})
"""How a path begins that is told from an address or from a bare name."""
UNPRIVATE: Final = Guard(strong=False, what=subjects.PRIVATE, kinds=HOSTS)
UNBROKEN: Final = Guard(strong=True, what="holds no end of a line", kinds=frozenset({"line"}))
UNKNOWN: Final = "is checked by a pattern from elsewhere"
"""Of a pattern that a helper is handed, or that settings hold."""
UNDOTTED: Final = "host ends in a text that does not begin with a dot"


def _address(frame: Frame, prefix: ir.Expr) -> bool:
    """Whether a text that is not known begins an address, by what it is where nobody has set it."""
    for _ in range(subjects.HOPS):
        prefix = subjects.set_to(frame, prefix)
        if isinstance(prefix, ir.Binary) and prefix.op in {"or", "||", "??"}:
            return isinstance(prefix.right, ir.Const) and "://" in str(prefix.right.value)
        if isinstance(prefix, ir.Binary) and prefix.op == "+":
            prefix = prefix.left
        elif isinstance(prefix, ir.Text) and prefix.parts:
            prefix = prefix.parts[0]
        elif isinstance(prefix, ir.Call) and isinstance(prefix.callee, ir.Attr) and prefix.args:
            # ``os.environ.get("BASE", "https://…")``, with a slash taken off or not
            default = prefix.args[-1].value
            if len(prefix.args) > 1 and isinstance(default, ir.Const) and "://" in str(default.value):
                return True
            prefix = prefix.callee.value
        else:
            return False
    return False


def schemed(frame: Frame, subject: ir.Expr, part: str, texts: Sequence[str | None]) -> Iterator[Check]:
    """A URL of a scheme that is not ``file`` leads to no file, and starts no program."""
    if part == "scheme" and texts and all(text is not None and not text.startswith("file") for text in texts):
        guard = Guard(strong=True, what="scheme is none of files", kinds=subjects.PATHS | {"argv"})
        yield from subjects.checked(frame, subject, guard, anywhere=True)
    if part == "scheme" and texts and all((text or "").rstrip(":") in words("hostless-schemes") for text in texts):
        guard = Guard(strong=True, what="scheme is one of stores", kinds=HOSTS)
        yield from subjects.checked(frame, subject, guard, anywhere=True)


def denied(frame: Frame, subject: ir.Expr, what: str, text: Value, *, truth: bool) -> Iterator[Check]:
    """What it says of a value that a text does not stand in it."""
    if truth:
        if text.text or (text.text is None and subjects.own(text)):
            yield from subjects.checked(frame, subject, Guard(strong=False, what="contains a text", kinds=HOSTS))
        return
    if private(text):
        yield from subjects.checked(frame, subject, UNPRIVATE, anywhere=True)
        return
    if what == "does not contain a text" and _parted(subjects.written(frame, subject)):
        what = "holds no .. between separators of one kind"
    if text.text and what in _PLAIN and not text.text.strip("./\\"):
        what = "holds no .." if text.text.startswith("..") else "is not absolute" if text.text in {"/", "\\"} else what
    if text.text is not None and text.text in {"\n", "\r"}:
        yield from subjects.checked(frame, subject, UNBROKEN)
        return
    kinds = subjects.PATHS if text.text is not None and set(text.text) <= set("./\\~:") and text.text else subjects.ALL
    kinds = frozenset(SINKS) - UNBROKEN.kinds if text.text == "\r\n" else kinds
    yield from subjects.checked(frame, subject, Guard(strong=False, what=what, kinds=kinds))


def private(value: Value) -> bool:
    """Whether a constant text, or one of a list of them, is the name or the address of a private host."""
    texts = [value.text] if value.text is not None else [each.text for each in (value.fields or {}).values()]
    return any(text is not None and _PRIVATE.search(text) for text in texts)


def _parted(expr: ir.Expr) -> bool:
    """Whether a text is parted at ``/`` alone, though a path may be written with another separator."""
    if not isinstance(expr, ir.Call) or targets.called(expr) != "split" or len(expr.args) != 1:
        return False
    by = expr.args[0].value
    return isinstance(by, ir.Const) and by.value == "/"


def ends(frame: Frame, subject: ir.Expr, suffix: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """What the end of a host says of it."""
    if truth:
        strong = _dotted(frame, suffix)
        what = "host ends in a domain" if strong else UNDOTTED
        yield from subjects.checked(frame, subject, Guard(strong=strong, what=what, kinds=HOSTS), anywhere=True)


def dotted(value: Value) -> bool:
    """Whether a constant text, or each of a list of them, begins with a dot."""
    texts = [value.text] if value.text is not None else [each.text for each in (value.fields or {}).values()]
    return bool(texts) and all(text is not None and text.startswith(".") for text in texts)


def _dotted(frame: Frame, suffix: ir.Expr) -> bool:
    """Whether the end of a host begins with a dot, so that no longer name ends in it."""
    value = frame.value(suffix)
    if value.text is not None or value.fields:
        return dotted(value)
    written = subjects.written(frame, suffix)
    if isinstance(written, ir.Choice):
        return _dotted(frame, written.then) and _dotted(frame, written.otherwise)
    first = written.parts[0] if isinstance(written, ir.Text) and written.parts else written
    while isinstance(first, ir.Binary) and first.op == "+":
        first = first.left
    head = frame.value(first).text if first is not suffix else None
    # Of a text that is handed in nobody knows; one that an element of a list gives is as good as the list.
    return head is not None and head.startswith(".")


def is_folder(frame: Frame, subject: ir.Expr) -> Iterator[Check]:
    """What it says of a path that no step leads to it from a folder: ``relative(root, path) === ""``."""
    written = subjects.written(frame, subject)
    if isinstance(written, ir.Call) and targets.called(written) in words("relating"):
        yield from _below(frame, subject, written)


def _below(frame: Frame, subject: ir.Expr, related: ir.Call) -> Iterator[Check]:
    guard = Guard(strong=True, what="lies below a folder", kinds=subjects.PATHS)
    for arg in related.args:
        yield from subjects.checked(frame, arg.value, guard)
    yield from subjects.checked(frame, subject, guard)


def begins(frame: Frame, subject: ir.Expr, prefix: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """What the beginning of a text says of it."""
    text = frame.value(prefix).text
    written = subjects.written(frame, subject)
    if not truth:
        # ``".." + path.sep``
        head = frame.value(prefix.left).text if isinstance(prefix, ir.Binary) and prefix.op == "+" else text
        related = isinstance(written, ir.Call) and targets.called(written) in words("relating")
        if isinstance(written, ir.Call) and related and head is not None and head[:2] == "..":
            yield from _below(frame, subject, written)
        elif text == "-":
            yield from subjects.checked(
                frame, subject, Guard(strong=True, what="does not begin with a dash", kinds=subjects.OPTIONS)
            )
        else:
            yield from denied(frame, subject, "does not begin with a text", frame.value(prefix), truth=truth)
        return
    if text is not None and text[:1] not in {"", "-"}:
        guard = Guard(strong=True, what="begins with no dash", kinds=subjects.OPTIONS)
        yield from subjects.checked(frame, subject, guard)
    bare = isinstance(prefix, (ir.Attr, ir.Name)) and subjects.names(prefix)[0] in words("separators")
    if text == "/":
        yield from subjects.checked(frame, subject, Guard(strong=False, what=SLASHED, kinds=HOSTS))
    if bare or text in _ROOTS:
        # That a path is absolute says nothing of where it leads.
        return
    yield from _begins(frame, subject, prefix, text)


def _begins(frame: Frame, subject: ir.Expr, prefix: ir.Expr, text: str | None) -> Iterator[Check]:
    """What it says of a value that it begins with more than a root or a separator."""
    if text is not None and "://" in text:
        fixed = constants.fixes_host(text)
        what = TLS if text == "https://" else "begins with a fixed address"
        yield from subjects.checked(frame, subject, Guard(strong=fixed, what=what, kinds=HOSTS))
        return
    if (reads := reading(frame.value(prefix))) is not None:
        yield from subjects.checked(frame, subject, reads)
        return
    separated = _separated(frame, prefix)
    address = _address(frame, prefix)
    if not address:
        yield from subjects.checked(frame, subject, ALLOWED)
    elif not separated:
        # Of the settings, or what stands for it there: a longer name of a host begins as it does.
        yield from subjects.checked(
            frame, subject, Guard(strong=False, what="begins with a fixed address", kinds=HOSTS)
        )
    if separated and text is None and (address or subjects.own(frame.value(prefix))):
        # An address of the settings with a slash behind its host: ``url.startswith(BASE + "/")``.
        yield from subjects.checked(frame, subject, Guard(strong=True, what="begins with a fixed address", kinds=HOSTS))
    strong = separated or _by_parts(frame, subject)
    what = "begins with a folder" if strong else "begins with a text that does not end in a separator"
    yield from subjects.checked(frame, subject, Guard(strong=strong, what=what, kinds=subjects.PATHS, normal=strong))


def reading(words_of: Value) -> Guard | None:
    """What it says of a statement that its first word is this text, or one of several; None where some may write."""
    one = words_of.text
    texts = [one] if one is not None else [each.text for each in (words_of.fields or {}).values()]
    known = {(text or "").strip().lower() for text in texts}
    if not known or not known <= words("reading-statements"):
        return None
    return Guard(strong=False, what=WITHS if "with" in known else READING, kinds=frozenset({"sql"}))


def _by_parts(frame: Frame, subject: ir.Expr) -> bool:
    """Whether the subject is a path, which begins with another one only part by part."""
    ref = frame.value(subject).ref
    made = ref.of if isinstance(ref, Instance) else None
    names = [f"{made.name}.{name}" for name in ("startsWith", "starts_with")] if isinstance(made, External) else []
    return any(model is not None and model.guard == "relative" for model in map(frame.models.call, names))


def _separated(frame: Frame, prefix: ir.Expr, hops: int = subjects.HOPS) -> bool:
    """Whether a prefix ends in a separator of paths."""
    text = frame.value(prefix).text
    if text is not None:
        return text.endswith(("/", "\\", ":"))  # a drive has no longer name
    if isinstance(prefix, ir.Attr) and isinstance(prefix.value, ir.Name) and prefix.value.id in {"this", "self"}:
        written = _written_to(frame, prefix.name) if hops else []
        return bool(written) and all(_separated(frame, each, hops - 1) for each in written)
    prefix = subjects.written(frame, prefix)
    if isinstance(prefix, ir.Name):
        ref = frame.library.project.named(frame.path, prefix.id)
        prefix = ref.value if isinstance(ref, ValueRef) else prefix
    if isinstance(prefix, ir.Choice):
        # ``base.endsWith(sep) ? base : base + sep``: one branch adds what the other has.
        return _separated(frame, prefix.then, hops) or _separated(frame, prefix.otherwise, hops)
    if isinstance(prefix, ir.Call) and targets.called(prefix) == "join" and prefix.args:
        last = prefix.args[-1].value
        return isinstance(last, ir.Const) and last.value in {"", "/"}
    last = prefix.right if isinstance(prefix, ir.Binary) and prefix.op == "+" else prefix
    if isinstance(prefix, ir.Text) and prefix.parts:
        last = prefix.parts[-1]
    if isinstance(last, ir.Const):
        return isinstance(last.value, str) and last.value.endswith(("/", "\\"))
    return (
        last is not prefix and isinstance(last, (ir.Attr, ir.Name)) and subjects.names(last)[0] in words("separators")
    )


def _written_to(frame: Frame, name: str) -> list[ir.Expr]:
    """What the methods of the class set a member to that is none of its own: a folder that is resolved once."""
    if frame.cls is None:
        return []
    functions = (frame.module.functions[number] for number in frame.library.project.cls(frame.cls).methods)
    found = bodies.written_to((function.body for function in functions), name)
    return found[:_CONSTANTS]


def pattern(frame: Frame, test: ir.Call) -> tuple[ir.Expr, str] | None:  # noqa: PLR0911  # a line a shape of call
    """The expression that a pattern is tried on, and the pattern."""
    if not isinstance(test.callee, ir.Attr) or not test.args:
        return None
    receiver = frame.value(test.callee.value)
    first = frame.value(test.args[0].value)
    if receiver.fields is not None and "pattern" in receiver.fields:
        return test.args[0].value, receiver.fields["pattern"].text or ""
    if receiver.text is not None:
        return test.args[0].value, receiver.text
    if len(test.args) > 1 and isinstance(receiver.ref, External):
        second = frame.value(test.args[1].value).text
        if first.text is None and second is not None:  # .NET says what is looked at first
            return test.args[0].value, second
        return test.args[1].value, first.text or ""
    if first.text is not None:
        return test.callee.value, first.text
    if first.fields is not None and "pattern" in first.fields:
        return test.callee.value, first.fields["pattern"].text or ""
    return None


def matched(frame: Frame, subject: ir.Expr, pattern: str, name: str, *, truth: bool) -> Iterator[Check]:
    """What a match with a pattern, or none, says of a value; an empty pattern is one that nobody knows."""
    if not truth:
        # A search for anything outside a set of characters is a list of what is allowed.
        if _PRIVATE.search(pattern):
            yield from subjects.checked(frame, subject, UNPRIVATE, anywhere=True)
            return
        if patterns.breaks(pattern) and not (frame.python and name == "fullmatch"):
            yield from subjects.checked(frame, subject, UNBROKEN)
        if patterns.disjoined(pattern) and not (frame.python and name in {"match", "fullmatch"}) and name != "matches":
            guard = Guard(strong=True, what="holds nothing that ends a command", kinds=frozenset({"command"}))
            yield from subjects.checked(frame, subject, guard)
        strong = patterns.unlisted(pattern) is not None
        what = "holds only listed characters" if strong else "does not match a pattern"
        # Characters of a shell are refused, and an option has none of them.
        kinds = frozenset(SINKS) - subjects.OPTIONS if patterns.lets_options(pattern) else subjects.ALL
        yield from subjects.checked(frame, subject, Guard(strong=strong, what=what, kinds=kinds))
        return
    if patterns.of_drives(pattern):
        return
    if not pattern:
        yield from subjects.checked(frame, subject, Guard(strong=False, what=UNKNOWN, kinds=subjects.ALL))
        return
    begins = (frame.python and name in {"match", "fullmatch"}) or name == "matches"
    strong = patterns.whole(pattern, begins=begins, ends=name in {"fullmatch", "matches"})
    what = "matches a whole pattern" if strong else AROUND
    part = subjects.part_of_url(frame, subject)
    if not part and patterns.of_endings(pattern):
        return  # how a name ends says nothing of where it leads
    # Of a pattern that is handed in, in a list of what is allowed, nobody here can say that it is too wide.
    if not strong and (not pattern or patterns.fixes_host(pattern, begins=begins)):
        yield from subjects.checked(frame, subject, Guard(strong=True, what="begins with a fixed address", kinds=HOSTS))
    kinds = HOSTS if part else subjects.ALL
    if strong and not part and (room := patterns.leaves(pattern)):
        yield from subjects.checked(frame, subject, Guard(strong=False, what=ROOM, kinds=room))
        kinds = frozenset(SINKS) - room
    yield from subjects.checked(frame, subject, Guard(strong, what, kinds), anywhere=bool(part))


def of_hosts(patterns_of: Value) -> bool:
    """Whether each of several patterns fixes the host of an address that begins as it says."""
    texts = [each.text for each in (patterns_of.fields or {}).values()]
    return bool(texts) and all(text is not None and patterns.fixes_host(text, begins=False) for text in texts)


def of_model(frame: Frame, test: ir.Call, kind: str) -> Iterator[Check]:
    """What a library's check says of its receiver and first argument."""
    kinds = subjects.PATHS if kind in {"relative", "prefix"} else HOSTS if kind == "host" else subjects.ALL
    strong = kind not in {"prefix", "pattern"}
    guard = Guard(
        strong, "lies below a folder" if kind == "relative" else f"is checked by {targets.called(test)}()", kinds
    )
    given = [test.callee.value] if isinstance(test.callee, ir.Attr) else []
    for subject in (*given, *(arg.value for arg in test.args[:1])):
        yield from subjects.checked(frame, subject, guard, anywhere=kind == "host")
