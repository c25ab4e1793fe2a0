"""What a condition says about the values in it, if it holds or if it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.project import External, Instance, ValueRef
from driftseal.observe.taint import calls, constants, evaluate, patterns
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.summary import Check
from driftseal.observe.taint.values import Guard, Label, Origin, Taints, Value, deep, merged

PATHS: Final = frozenset({"path-read", "path-write", "path-delete", "path"})
HOSTS: Final = frozenset({"ssrf", "outward"})
OPTIONS: Final = frozenset({"argv-option", "argv"})
_ALL: Final[frozenset[str]] = frozenset()
_OWN: Final = frozenset({"database", "file", "environment", "secret-file", "process"})
"""Sources that a list of what is allowed may come from."""
_HOPS: Final = 6
_SAME: Final = frozenset({"==", "===", "is"})
_DIFFER: Final = frozenset({"!=", "!==", "is not"})
_HOST_PARTS: Final = frozenset({"hostname", "host", "netloc", "origin", "authority", "Host", "Hostname"})
_URL_PARTS: Final = frozenset({"scheme", "protocol", "Scheme"})
_PRIVATE: Final = frozenset({"is_private", "is_loopback", "is_link_local", "is_reserved", "is_global", "is_multicast"})
_BEGINS: Final = frozenset({"startswith", "startsWith", "HasPrefix", "StartsWith", "starts_with"})
_ENDS: Final = frozenset({"endswith", "endsWith", "HasSuffix", "EndsWith", "ends_with"})
_HOLDS: Final = frozenset({"includes", "has", "contains", "Contains", "indexOf", "hasOwnProperty", "containsKey"})
_PATTERNS: Final = frozenset(
    {"match", "fullmatch", "search", "test", "exec", "MatchString", "matches", "IsMatch", "is_match"}
)
_SHAPES: Final = frozenset({"isalnum", "isdigit", "isdecimal", "isnumeric", "isidentifier", "isalpha"})
_EACH: Final = frozenset({"some", "every", "any", "all", "find", "findIndex", "anyMatch", "allMatch"})
_RELATIVE: Final = frozenset({"relative", "relpath", "Rel", "GetRelativePath"})
_SEPARATORS: Final = frozenset(
    {"sep", "separator", "SEP", "pathsep", "Separator", "PathSeparator", "DirectorySeparatorChar", "altsep"}
)
_CHECKS: Final = re.compile(r"(?i)valid|safe|allow|sanit|verif|permit|within|inside|trusted|contain")


def facts(frame: Frame, test: ir.Expr, *, truth: bool, hops: int = _HOPS) -> list[Check]:
    """Checks that hold where a condition came out as ``truth``."""
    if hops == 0:
        return []
    found: Iterable[Check] = ()
    if isinstance(test, ir.Unary) and test.op in {"not", "await"}:
        found = facts(frame, test.value, truth=truth == (test.op == "await"), hops=hops)
    elif isinstance(test, ir.Name) and test.id in frame.env.written:
        found = facts(frame, frame.env.written[test.id], truth=truth, hops=hops - 1)
    elif isinstance(test, ir.Bind):
        found = facts(frame, test.value, truth=truth, hops=hops)
    elif isinstance(test, ir.Binary):
        found = _binary(frame, test, hops, truth=truth)
    elif isinstance(test, ir.Call):
        found = _call(frame, test, hops, truth=truth)
    elif isinstance(test, ir.Attr):
        found = _attribute(frame, test, truth=truth)
    if not truth and isinstance(test, (ir.Name, ir.Attr, ir.Index)):
        found = [*found, *_empty(frame, test)]
    return list(found)


def _empty(frame: Frame, test: ir.Expr) -> Iterator[Check]:
    """What is neither true nor made of anything else is empty and does no harm."""
    empty = Guard(strong=True, what="is empty", kinds=_ALL)
    for label, taint in evaluate.evaluate(frame, test).taints.items():
        if taint.node is None:
            yield Check(label, None, empty)


def _binary(frame: Frame, test: ir.Binary, hops: int, *, truth: bool) -> list[Check]:
    if test.op in {"and", "or", "&&", "||"}:
        left, right = (facts(frame, side, truth=truth, hops=hops) for side in (test.left, test.right))
        if (test.op in {"and", "&&"}) == truth:
            return left + right
        return list(_either(left, right))
    if test.op in {"in", "not in"}:
        return list(_member(frame, test.left, test.right, truth=(test.op == "in") == truth))
    if test.op in _SAME | _DIFFER:
        return list(_equal(frame, test, truth=(test.op in _SAME) == truth))
    return []


def _either(left: list[Check], right: list[Check]) -> Iterator[Check]:
    """What holds whichever side it was: a check that both sides make, as weak as the weaker."""
    for one in left:
        same = [other for other in right if other.label == one.label and other.node is one.node]
        if same:
            weak = next((each for each in (*same, one) if not each.guard.strong), None)
            yield weak if weak is not None else one


# --- subjects -------------------------------------------------------------------------------


def _checked(frame: Frame, expr: ir.Expr, guard: Guard, *, anywhere: bool = False) -> Iterator[Check]:
    """The checks that a guard on this expression makes; of a call in place, on what went into it too."""
    value = evaluate.evaluate(frame, expr)
    inner = _inside(frame, expr)
    for label, taint in deep(value).items():
        normal = taint.node is not None and taint.node.normal
        held = guard._replace(normal=False) if normal else guard
        yield Check(label, None if anywhere else taint.node, held)
        if label in inner and not anywhere:
            yield Check(label, inner[label].node, held)


def _inside(frame: Frame, expr: ir.Expr) -> Taints:
    """What goes into a call that stands in place, so that only its argument can be used later."""
    while isinstance(expr, (ir.Attr, ir.Index)):
        expr = expr.value
    if not isinstance(expr, ir.Call):
        return {}
    parts = [arg.value for arg in expr.args]
    if isinstance(expr.callee, ir.Attr):
        parts.append(expr.callee.value)
    found = []
    for part in parts:
        deeper = _inside(frame, part)
        found.append(deeper or deep(evaluate.evaluate(frame, part)))
    return merged(found)


def _written(frame: Frame, expr: ir.Expr) -> ir.Expr:
    """What a name was last set to."""
    for _ in range(_HOPS):
        inner = expr.value if isinstance(expr, ir.Unary) and expr.op == "await" else expr
        if not isinstance(inner, ir.Name) or inner.id not in frame.env.written:
            break
        expr = frame.env.written[inner.id]
    return expr


def _part_of_url(frame: Frame, expr: ir.Expr) -> str:
    """``host`` or ``scheme`` where that part of a URL is looked at, else empty."""
    expr = _written(frame, expr)
    for _ in range(_HOPS):
        if isinstance(expr, ir.Attr) and expr.name in _HOST_PARTS:
            return "host"
        if isinstance(expr, ir.Attr) and expr.name in _URL_PARTS:
            return "scheme"
        if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr):
            expr = expr.callee.value
        elif isinstance(expr, ir.Binary):
            expr = expr.left
        else:
            break
        expr = _written(frame, expr)
    return ""


def _whole(frame: Frame, expr: ir.Expr) -> bool:
    """Whether the expression is a value that may be used, and not a measure of it such as its length."""
    inner = _written(frame, expr)
    if isinstance(inner, ir.Call):
        name = calls.called(inner)
        return name not in {"len", "type", "typeof", "hash", "count", "index"}
    return not (isinstance(inner, ir.Attr) and inner.name in {"length", "size", "type", "ok", "status", "code"})


# --- comparisons ----------------------------------------------------------------------------


def _member(frame: Frame, subject: ir.Expr, whole: ir.Expr, *, truth: bool) -> Iterator[Check]:
    collection = evaluate.evaluate(frame, whole)
    if not _own(collection):
        if isinstance(subject, ir.Const) or not deep(evaluate.evaluate(frame, subject)):
            yield from _denied(frame, whole, "does not contain a text", evaluate.evaluate(frame, subject), truth=truth)
        return
    if not _whole(frame, subject):
        return
    part = _part_of_url(frame, subject)
    if not truth:
        kinds = HOSTS if part else _ALL
        yield from _checked(
            frame, subject, Guard(strong=False, what="is none of a list", kinds=kinds), anywhere=bool(part)
        )
    elif part:
        guard = Guard(strong=part == "host", what=f"{part} is one of a list", kinds=HOSTS)
        yield from _checked(frame, subject, guard, anywhere=True)
    else:
        strong = collection.text is None
        yield from _checked(frame, subject, Guard(strong=strong, what="is one of a list", kinds=_ALL))


def _own(value: Value) -> bool:
    """Whether nobody outside has chosen anything in it."""
    return all(isinstance(label.root, Origin) and label.root.kind in _OWN for label in deep(value))


def _denied(frame: Frame, subject: ir.Expr, what: str, text: Value, *, truth: bool) -> Iterator[Check]:
    if truth:
        if text.text:
            yield from _checked(frame, subject, Guard(strong=False, what="contains a text", kinds=HOSTS))
        return
    kinds = PATHS if text.text is not None and set(text.text) <= set("./\\~:") and text.text else _ALL
    yield from _checked(frame, subject, Guard(strong=False, what=what, kinds=kinds))


def _equal(  # noqa: C901  # a branch a kind of operand
    frame: Frame, test: ir.Binary, *, truth: bool
) -> Iterator[Check]:
    for subject, other in ((test.left, test.right), (test.right, test.left)):
        if isinstance(subject, ir.Unary) and subject.op == "typeof" and isinstance(other, ir.Const):
            if truth and other.value in {"number", "boolean", "bigint"}:
                yield from _checked(frame, subject.value, Guard(strong=True, what="is a number", kinds=_ALL))
            return
        if isinstance(other, ir.Call) and calls.called(other) in {"basename", "secure_filename"} and truth:
            yield from _checked(frame, subject, Guard(strong=True, what="is a bare file name", kinds=PATHS))
            return
        others = deep(evaluate.evaluate(frame, other))
        if others and truth and _part_of_url(frame, subject) == "host" and not others.keys() & _roots(frame, subject):
            yield from _checked(frame, subject, Guard(strong=True, what="host is compared", kinds=HOSTS), anywhere=True)
        if others or not _whole(frame, subject):
            continue
        inner = _written(frame, subject)
        if isinstance(inner, ir.Call) and calls.called(inner) in {"commonpath", "commonprefix"}:
            if truth:
                guard = Guard(strong=calls.called(inner) == "commonpath", what="lies below a folder", kinds=PATHS)
                yield from _checked(frame, inner, guard)
            continue
        part = _part_of_url(frame, subject)
        if part and truth:
            yield from _checked(frame, subject, Guard(part == "host", f"{part} is compared", HOSTS), anywhere=True)
        elif truth and not isinstance(inner, ir.Index):
            yield from _checked(frame, subject, Guard(strong=True, what="equals a fixed value", kinds=_ALL))


def _roots(frame: Frame, subject: ir.Expr) -> set[Label]:
    return set(deep(evaluate.evaluate(frame, subject)))


def _attribute(frame: Frame, test: ir.Attr, *, truth: bool) -> Iterator[Check]:
    if test.name in _PRIVATE and truth == (test.name == "is_global"):
        yield from _checked(
            frame, test.value, Guard(strong=True, what="is no private address", kinds=HOSTS), anywhere=True
        )


# --- calls ----------------------------------------------------------------------------------


def _call(frame: Frame, test: ir.Call, hops: int, *, truth: bool) -> Iterator[Check]:  # noqa: C901  # a branch a kind of call
    name = calls.called(test)
    receiver, first = _operands(frame, test, name)
    if name in _EACH and first is not None and isinstance(first, ir.Comprehension):
        yield from _each(frame, first, hops, truth=truth)
    elif name in _BEGINS and receiver is not None and first is not None:
        yield from _prefix(frame, receiver, first, truth=truth)
    elif name in _ENDS and receiver is not None and first is not None and _part_of_url(frame, receiver):
        yield from _suffix(frame, receiver, first, truth=truth)
    elif name == "isinstance" and first is not None and truth and len(test.args) > 1:
        if all(kind in {"int", "float", "bool", "UUID"} for kind in _names(test.args[1].value)):
            yield from _checked(frame, first, Guard(strong=True, what="is a number", kinds=_ALL))
    elif name in _SHAPES and receiver is not None and truth:
        yield from _checked(frame, receiver, Guard(strong=True, what="is made of plain characters", kinds=_ALL))
    elif name in _HOLDS and receiver is not None and first is not None:
        if _own(evaluate.evaluate(frame, receiver)):
            yield from _member(frame, first, receiver, truth=truth)
        else:
            text = evaluate.evaluate(frame, first)
            yield from _denied(frame, receiver, "does not contain a text", text, truth=truth)
    elif name in _PATTERNS and (found := _pattern(frame, test)) is not None:
        yield from _matched(frame, found[0], found[1], name, truth=truth)
    elif name == "bool" and first is not None:
        yield from facts(frame, first, truth=truth, hops=hops - 1)
    else:
        yield from _helper(frame, test, name, truth=truth)


def _operands(frame: Frame, test: ir.Call, name: str) -> tuple[ir.Expr | None, ir.Expr | None]:
    """The object of a method and its first argument; ``strings.HasPrefix(a, b)`` of a package looks at ``a``."""
    receiver = test.callee.value if isinstance(test.callee, ir.Attr) else None
    given = [arg.value for arg in test.args]
    if name in _BEGINS | _HOLDS and len(given) > 1 and isinstance(receiver, ir.Name):
        package = receiver.id
        if any(one.local == package for one in frame.module.imports):
            return given[0], given[1]
    return receiver, given[0] if given else None


def _suffix(frame: Frame, subject: ir.Expr, suffix: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """What the end of a host says of it."""
    if truth:
        text = evaluate.evaluate(frame, suffix).text
        strong = text is None or text.startswith(".")
        what = "host ends in a domain" if strong else "host ends in a text that does not begin with a dot"
        yield from _checked(frame, subject, Guard(strong=strong, what=what, kinds=HOSTS), anywhere=True)


def _names(expr: ir.Expr) -> list[str]:
    items = expr.items if isinstance(expr, ir.Group) else (expr,)
    return [item.id if isinstance(item, ir.Name) else item.name if isinstance(item, ir.Attr) else "" for item in items]


def _each(frame: Frame, over: ir.Comprehension, hops: int, *, truth: bool) -> Iterator[Check]:
    kept = dict(frame.env.vars)
    for target, source in zip(over.targets, over.sources, strict=False):
        evaluate.assign(frame, target, evaluate.element(evaluate.evaluate(frame, source)))
    yield from facts(frame, over.element, truth=truth, hops=hops - 1)
    frame.env.vars = kept


def _prefix(frame: Frame, subject: ir.Expr, prefix: ir.Expr, *, truth: bool) -> Iterator[Check]:
    text = evaluate.evaluate(frame, prefix).text
    written = _written(frame, subject)
    if not truth:
        if (
            isinstance(written, ir.Call)
            and calls.called(written) in _RELATIVE
            and text is not None
            and text[:2] == ".."
        ):
            guard = Guard(strong=True, what="lies below a folder", kinds=PATHS)
            for arg in written.args:
                yield from _checked(frame, arg.value, guard)
            yield from _checked(frame, subject, guard)
        elif text == "-":
            yield from _checked(frame, subject, Guard(strong=True, what="does not begin with a dash", kinds=OPTIONS))
        else:
            yield from _denied(
                frame, subject, "does not begin with a text", evaluate.evaluate(frame, prefix), truth=truth
            )
        return
    if text is not None and "://" in text:
        fixed = constants.fixes_host(text)
        yield from _checked(frame, subject, Guard(strong=fixed, what="begins with a fixed address", kinds=HOSTS))
        return
    strong = _separated(frame, prefix) or _by_parts(frame, subject)
    what = "begins with a folder" if strong else "begins with a text that does not end in a separator"
    yield from _checked(frame, subject, Guard(strong=strong, what=what, kinds=PATHS, normal=strong))


def _by_parts(frame: Frame, subject: ir.Expr) -> bool:
    """Whether the subject is a path, which begins with another one only part by part."""
    ref = evaluate.evaluate(frame, subject).ref
    made = ref.of if isinstance(ref, Instance) else None
    names = [f"{made.name}.{name}" for name in ("startsWith", "starts_with")] if isinstance(made, External) else []
    return any(model is not None and model.guard == "relative" for model in map(frame.models.call, names))


def _separated(frame: Frame, prefix: ir.Expr) -> bool:
    """Whether a prefix ends in a separator of paths."""
    text = evaluate.evaluate(frame, prefix).text
    if text is not None:
        return text.endswith(("/", "\\"))
    prefix = _written(frame, prefix)
    if isinstance(prefix, ir.Name):
        ref = frame.library.project.named(frame.path, prefix.id)
        prefix = ref.value if isinstance(ref, ValueRef) else prefix
    if isinstance(prefix, ir.Choice):
        # ``base.endsWith(sep) ? base : base + sep``: one branch adds what the other has.
        return _separated(frame, prefix.then) or _separated(frame, prefix.otherwise)
    if isinstance(prefix, ir.Call) and calls.called(prefix) == "join" and prefix.args:
        last = prefix.args[-1].value
        return isinstance(last, ir.Const) and last.value in {"", "/"}
    last = prefix.right if isinstance(prefix, ir.Binary) and prefix.op == "+" else prefix
    if isinstance(prefix, ir.Text) and prefix.parts:
        last = prefix.parts[-1]
    if isinstance(last, ir.Const):
        return isinstance(last.value, str) and last.value.endswith(("/", "\\"))
    return last is not prefix and isinstance(last, (ir.Attr, ir.Name)) and _names(last)[0] in _SEPARATORS


def _pattern(frame: Frame, test: ir.Call) -> tuple[ir.Expr, str] | None:  # noqa: PLR0911  # a line a shape of call
    """The expression that a pattern is tried on, and the pattern."""
    if not isinstance(test.callee, ir.Attr) or not test.args:
        return None
    receiver = evaluate.evaluate(frame, test.callee.value)
    first = evaluate.evaluate(frame, test.args[0].value)
    if receiver.fields is not None and "pattern" in receiver.fields:
        return test.args[0].value, receiver.fields["pattern"].text or ""
    if receiver.text is not None:
        return test.args[0].value, receiver.text
    if len(test.args) > 1 and isinstance(receiver.ref, External):
        second = evaluate.evaluate(frame, test.args[1].value).text
        if first.text is None and second is not None:  # .NET says what is looked at first
            return test.args[0].value, second
        return test.args[1].value, first.text or ""
    if first.text is not None:
        return test.callee.value, first.text
    if first.fields is not None and "pattern" in first.fields:
        return test.callee.value, first.fields["pattern"].text or ""
    return None


def _matched(frame: Frame, subject: ir.Expr, pattern: str, name: str, *, truth: bool) -> Iterator[Check]:
    if not truth:
        # A search for anything outside a set of characters is a list of what is allowed.
        strong = patterns.unlisted(pattern) is not None
        what = "holds only listed characters" if strong else "does not match a pattern"
        yield from _checked(frame, subject, Guard(strong=strong, what=what, kinds=_ALL))
        return
    begins = (frame.python and name in {"match", "fullmatch"}) or name == "matches"
    strong = patterns.whole(pattern, begins=begins, ends=name in {"fullmatch", "matches"})
    what = "matches a whole pattern" if strong else "matches a pattern that leaves room around it"
    part = _part_of_url(frame, subject)
    yield from _checked(frame, subject, Guard(strong, what, HOSTS if part else _ALL), anywhere=bool(part))


def _helper(frame: Frame, test: ir.Call, name: str, *, truth: bool) -> Iterator[Check]:
    """What a function checks: by its own summary, by a model, or at worst by its name."""
    told = False
    for summary, binding in calls.targets(frame, test):
        for check in binding.checks(summary.truths if truth else summary.falses):
            told = True
            yield check
    if told:
        return
    model = calls.model_of(frame, test)
    if model is not None and model.guard and truth:
        yield from of_model(frame, test, model.guard)
    elif _CHECKS.search(name):
        for arg in test.args:
            yield from _checked(frame, arg.value, Guard(strong=False, what=f"passed {name}()", kinds=_ALL))


def of_model(frame: Frame, test: ir.Call, kind: str) -> Iterator[Check]:
    """What a library's check says of its receiver and first argument."""
    kinds = PATHS if kind in {"relative", "prefix"} else HOSTS if kind == "host" else _ALL
    strong = kind not in {"prefix", "pattern"}
    guard = Guard(
        strong, "lies below a folder" if kind == "relative" else f"is checked by {calls.called(test)}()", kinds
    )
    subjects = [test.callee.value] if isinstance(test.callee, ir.Attr) else []
    for subject in (*subjects, *(arg.value for arg in test.args[:1])):
        yield from _checked(frame, subject, guard, anywhere=kind == "host")
