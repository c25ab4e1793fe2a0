"""What a condition says about the values in it, if it holds or if it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Final

from driftseal.code import ir
from driftseal.observe.taint import (
    bindings,
    forms,
    letters,
    lookup,
    membership,
    predicates,
    stores,
    subjects,
    syntax,
    targets,
)
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import HOSTS, LINKS, LISTED, TLS, UNREACHED, Guard, Origin, by_default
from driftseal.observe.taint.summary import Check, Summary
from driftseal.observe.taint.values import Value, deep
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_CONSTANTS: Final = 8
"""Constants of one list that are tried."""
_COLLECTING: Final = frozenset({"frozenset", "list", "set", "sorted", "tuple"})
_WHOLES: Final = frozenset({"bool", "frozenset", "list", "set", "sorted", "tuple"})
"""Calls of which nothing comes where nothing went in."""
_SAME: Final = frozenset({"==", "===", "is"})
_TRUTHS: Final[Callable[[Summary], tuple[Check, ...]]] = attrgetter("truths")
_FALSES: Final[Callable[[Summary], tuple[Check, ...]]] = attrgetter("falses")
_DIFFER: Final = frozenset({"!=", "!==", "is not"})
_CHECKS: Final = regex(r"(?i)valid|safe|allow|sanit|verif|permit|within|inside|trusted|contain")
_NUMBERS: Final = frozenset({"int", "float", "bool", "UUID"})
"""Classes of values that are no text."""


def tested(frame: Frame, test: ir.Expr) -> tuple[Value, list[Check], list[Check]]:
    """The value of a condition, and the checks that hold where it came out as true, and as false.

    What a check looks at is what the condition came to: its parts, calls above all, are evaluated once for all three.
    """
    met, known = frame.met, frame.known
    if met is None:
        frame.met = {}
    value = frame.value(test)
    frame.known = frame.met
    truths, falses = facts(frame, test, truth=True), facts(frame, test, truth=False)
    frame.met, frame.known = met, known
    return value, truths, falses


def facts(frame: Frame, test: ir.Expr, *, truth: bool, hops: int = subjects.HOPS) -> list[Check]:
    """Checks that hold where a condition came out as ``truth``."""
    if hops == 0:
        return []
    found: Iterable[Check] = ()
    test = predicates.chained(test)
    if isinstance(test, ir.Binary):
        return _binary(frame, test, hops, truth=truth)
    if isinstance(test, ir.Call):
        return list(_call(frame, test, hops, truth=truth))
    if isinstance(test, ir.Unary) and test.op in {"not", "await"}:
        return facts(frame, test.value, truth=truth == (test.op == "await"), hops=hops)
    if isinstance(test, ir.Bind):
        return facts(frame, test.value, truth=truth, hops=hops)
    if isinstance(test, ir.Name) and test.id in frame.env.written:
        found = facts(frame, frame.env.written[test.id], truth=truth, hops=hops - 1)
    elif isinstance(test, ir.Name) and test.id in frame.env.firsts:
        call = frame.env.firsts[test.id]
        found = _helper(frame, call, targets.called(call), truth=truth)
    elif isinstance(test, ir.Attr):
        found = _attribute(frame, test, truth=truth)
    if not truth and isinstance(test, (ir.Name, ir.Attr, ir.Index)):
        found = [*found, *_empty(frame, test), *forms.is_folder(frame, test)]
    return list(found)


def _empty(frame: Frame, test: ir.Expr) -> Iterator[Check]:
    """What is neither true nor made of anything else is empty and does no harm."""
    empty = Guard(strong=True, what="is empty", kinds=subjects.ALL)
    for label, taint in frame.value(test).taints.items():
        # A member of what an origin gives has the label of the whole.
        if taint.node is None and (isinstance(test, ir.Name) or not isinstance(label.root, Origin)):
            yield Check(label, None, empty)


def _binary(frame: Frame, test: ir.Binary, hops: int, *, truth: bool) -> list[Check]:
    if test.op in {"and", "or", "&&", "||"}:
        left, right = (facts(frame, side, truth=truth, hops=hops) for side in (test.left, test.right))
        both = (test.op in {"and", "&&"}) == truth
        return left + right if both else list(_one_of(frame, test, left, right, truth=truth))
    if test.op in {"in", "not in"}:
        return _held_in(frame, test, truth=(test.op == "in") == truth)
    if test.op in _SAME | _DIFFER and isinstance(test.right, ir.Const) and test.right.value is None:
        # What is nothing did not match, or is not there.
        return facts(frame, test.left, truth=(test.op in _DIFFER) == truth, hops=hops)
    if test.op in _SAME | _DIFFER:
        return list(_equal(frame, test, truth=(test.op in _SAME) == truth))
    if (test.op == "-" and not truth) or (test.op == "<=" and truth):
        # Nothing is left of what was sent once what is known is taken away.
        return list(_none_left(frame, test.left, test.right))
    return []


def _held_in(frame: Frame, test: ir.Binary, *, truth: bool) -> list[Check]:
    # Elsewhere than in Python it is asked whether an object has a member, which says nothing of what that holds.
    if isinstance(test.left, ir.Const) and not frame.python:
        return []
    of_code = list(syntax.members(frame, test.left, test.right, truth=truth)) if frame.python else []
    return of_code or list(membership.member(frame, test.left, test.right, truth=truth))


def _none_left(frame: Frame, given: ir.Expr, known: ir.Expr) -> Iterator[Check]:
    """``set(names) - KNOWN`` that is empty: every name is one of a list."""
    for _ in range(subjects.HOPS):
        if not isinstance(given, ir.Call):
            break
        method = isinstance(given.callee, ir.Attr) and not given.args
        if method and isinstance(given.callee, ir.Attr) and given.callee.name == "keys":
            given = given.callee.value
        elif targets.called(given) in _COLLECTING and len(given.args) == 1:
            given = given.args[0].value
        else:
            return
    # Sets are taken apart, not texts; of whom the known ones are, only who sent the others may not say.
    if isinstance(given, (ir.Name, ir.Attr)) and deep(frame.value(known)).keys().isdisjoint(deep(frame.value(given))):
        yield from subjects.checked(frame, given, Guard(strong=True, what=LISTED, kinds=subjects.ALL))


def _one_of(frame: Frame, test: ir.Binary, left: list[Check], right: list[Check], *, truth: bool) -> Iterator[Check]:
    """What holds where one side of a condition came out as ``truth``, and nobody knows which."""
    for side, other in ((test.left, right), (test.right, left)):
        if lets_all(frame, side, truth=truth):
            # Whatever is looked at, those who set the server up know what they allow.
            for check in other:
                yield check._replace(guard=by_default(check.guard)._replace(kinds=subjects.ALL))
            return
    yield from _either(left, right)


def lets_all(frame: Frame, test: ir.Expr, *, truth: bool) -> bool:
    """Whether a condition that comes out as ``truth`` says that settings let everything through: ``"*" in ALLOWED``."""
    while isinstance(test, ir.Unary) and test.op in {"not", "!"}:
        test, truth = test.value, not truth
    whole: ir.Expr | None = None
    if isinstance(test, ir.Binary) and test.op in {"in", "not in"} and _is_star(test.left):
        whole, truth = test.right, (test.op == "in") == truth
    elif isinstance(test, ir.Binary) and test.op in _SAME | _DIFFER and _is_star(test.right):
        whole, truth = test.left, (test.op in _SAME) == truth
    elif isinstance(test, ir.Call) and targets.called(test) in words("holding"):
        receiver, first = _operands(frame, test, targets.called(test))
        whole = receiver if first is not None and _is_star(first) else None
    if whole is None or not truth:
        return False
    return not any(isinstance(label.root, int) for label in deep(frame.value(whole)))


def _of_class(frame: Frame, subject: ir.Expr, kinds: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """What ``isinstance`` says of a value."""
    names = frozenset(subjects.names(kinds))
    if truth and names <= _NUMBERS:
        yield from subjects.checked(frame, subject, Guard(strong=True, what="is a number", kinds=subjects.ALL))
    elif truth and names <= _NUMBERS | {"str", "bytes"}:
        yield from subjects.checked(frame, subject, subjects.TYPED)
    yield from syntax.of_kind(frame, subject, kinds, truth=truth)


def _is_star(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Const) and expr.value == "*"


def _either(left: list[Check], right: list[Check]) -> Iterator[Check]:
    """What holds whichever side it was: a check that both sides make, as weak as the weaker."""
    for one in left:
        for other in right:
            if other.label != one.label or other.node is not one.node or not _meet(one.guard.kinds, other.guard.kinds):
                continue
            pair = (other, one) if other.guard.kinds else (one, other)
            weak = next((each for each in pair if not each.guard.strong), None)
            blind = next((each for each in pair if each.guard.what.endswith(LINKS)), pair[0])
            yield weak if weak is not None else blind


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two checks are good for a sink of one kind."""
    return not one or not other or not one.isdisjoint(other)


def _equal(  # noqa: C901, PLR0912  # a branch a kind of operand
    frame: Frame, test: ir.Binary, *, truth: bool
) -> Iterator[Check]:
    for subject, other in ((test.left, test.right), (test.right, test.left)):
        if isinstance(subject, ir.Unary) and subject.op == "typeof" and isinstance(other, ir.Const):
            if truth and other.value in {"number", "boolean", "bigint"}:
                yield from subjects.checked(
                    frame, subject.value, Guard(strong=True, what="is a number", kinds=subjects.ALL)
                )
            elif truth and other.value == "string":
                yield from subjects.checked(frame, subject.value, subjects.TYPED)
            return
        if isinstance(other, ir.Call) and targets.called(other) in {"basename", "secure_filename"} and truth:
            yield from subjects.checked(
                frame, subject, Guard(strong=True, what="is a bare file name", kinds=subjects.PATHS)
            )
            return
        if isinstance(other, ir.Const) and _says_nothing(subject, other):
            yield from forms.is_folder(frame, subject) if truth and other.value == "" else ()
            continue
        others = deep(frame.value(other))
        if others and truth:
            yield from (check for check in _another(frame, subject) if check.label not in others)
        if others or not subjects.whole(frame, subject):
            continue
        inner = subjects.written(frame, subject)
        if isinstance(inner, ir.Call) and targets.called(inner) in {"commonpath", "commonprefix"}:
            if truth:
                guard = Guard(
                    strong=targets.called(inner) == "commonpath", what="lies below a folder", kinds=subjects.PATHS
                )
                yield from subjects.checked(frame, inner, guard)
            continue
        if isinstance(inner, ir.Call) and targets.called(inner) in words("address-kinds"):
            if truth:
                guard = Guard(strong=True, what=UNREACHED, kinds=HOSTS)
                yield from subjects.checked(frame, subject, guard, anywhere=True)
            continue
        part = subjects.part_of_url(frame, subject)
        if part and truth:
            text = frame.value(other).text
            what = TLS if part == "scheme" and text in {"https:", "https"} else f"{part} is compared"
            yield from subjects.checked(frame, subject, Guard(part == "host", what, HOSTS), anywhere=True)
            yield from forms.schemed(frame, subject, part, [text])
        elif truth and not isinstance(inner, ir.Index):
            yield from subjects.checked(
                frame, subject, Guard(strong=True, what="equals a fixed value", kinds=subjects.ALL)
            )
        elif truth:
            # The first word of a line is looked at, and the line goes on.
            yield from subjects.checked(frame, subject, forms.ALLOWED)


def _says_nothing(subject: ir.Expr, other: ir.Const) -> bool:
    """Whether it is asked if a thing is empty, or how a run of it ended: neither tells what a text may hold."""
    return other.value == "" or (isinstance(subject, ir.Attr) and not isinstance(other.value, str))


def _another(frame: Frame, subject: ir.Expr) -> Iterator[Check]:
    """A host or a path that equals a value which came another way: the folder itself, the host of the settings."""
    part = subjects.part_of_url(frame, subject)
    kinds = HOSTS if part == "host" else subjects.PATHS
    yield from subjects.checked(
        frame, subject, Guard(strong=True, what="equals another value", kinds=kinds), anywhere=part == "host"
    )


def _attribute(frame: Frame, test: ir.Attr, *, truth: bool) -> Iterator[Check]:
    if test.name in words("verdicts"):
        call = subjects.written(frame, test.value)
        call = call.value if isinstance(call, ir.Unary) and call.op == "await" else call
        if isinstance(call, ir.Call) and any(True for _ in bindings.possible(frame, call, _TRUTHS)):
            # What a function of the project gives back says by this member how it went.
            yield from _helper(frame, call, targets.called(call), truth=truth)
    if test.name in words("private-parts") and truth == (test.name == "is_global"):
        yield from subjects.checked(frame, test.value, Guard(strong=True, what=UNREACHED, kinds=HOSTS), anywhere=True)


def _call(frame: Frame, test: ir.Call, hops: int, *, truth: bool) -> Iterator[Check]:  # noqa: C901, PLR0912  # a branch a kind of call
    name = targets.called(test)
    receiver, first = _operands(frame, test, name)
    if name in words("going-through") and first is not None and isinstance(first, ir.Comprehension):
        yield from _each(frame, first, hops, truth=truth)
    elif name == "next" and first is not None and isinstance(first, ir.Comprehension):
        if truth:
            yield from _chosen(frame, first, hops)
    elif name in letters.EVERY and receiver is not None and isinstance(first, ir.Closure):
        pattern = letters.pattern(frame.module.functions[first.function])
        if pattern:
            yield from forms.matched(frame, letters.of(receiver), pattern, "test", truth=truth)
    elif name in words("beginning") and receiver is not None and first is not None:
        yield from forms.begins(frame, receiver, first, truth=truth)
    elif (
        name in words("ending") and receiver is not None and first is not None and subjects.part_of_url(frame, receiver)
    ):
        yield from forms.ends(frame, receiver, first, truth=truth)
    elif name == "isinstance" and first is not None and len(test.args) > 1:
        yield from _of_class(frame, first, test.args[1].value, truth=truth)
    elif name in words("shapes") and receiver is not None and truth:
        yield from subjects.checked(
            frame, receiver, Guard(strong=True, what="is made of plain characters", kinds=subjects.ALL)
        )
    elif name in words("holding") and receiver is not None and first is not None:
        whole, value = frame.value(receiver), frame.value(first)
        listed = subjects.kept(whole) or (truth and subjects.given(whole, value) is not None)
        if listed and not isinstance(first, ir.Const):
            yield from membership.member(frame, first, receiver, truth=truth)
        else:
            text = frame.value(first)
            yield from forms.denied(frame, receiver, "does not contain a text", text, truth=truth)
    elif name in words("matching") and (found := forms.pattern(frame, test)) is not None:
        yield from forms.matched(frame, found[0], found[1], name, truth=truth)
    elif name in words("absoluteness") and not truth:
        for each in (first, receiver):
            if each is not None:
                guard = Guard(strong=False, what="is not absolute", kinds=subjects.PATHS)
                yield from subjects.checked(frame, each, guard)
    elif name in {"difference", "issubset"} and receiver is not None and first is not None:
        if truth == (name == "issubset"):
            yield from _none_left(frame, receiver, first)
    elif name in _WHOLES and first is not None and len(test.args) == 1:
        yield from facts(frame, first, truth=truth, hops=hops - 1)
    else:
        yield from _helper(frame, test, name, truth=truth)


def _operands(frame: Frame, test: ir.Call, name: str) -> tuple[ir.Expr | None, ir.Expr | None]:
    """The object of a method and its first argument; ``strings.HasPrefix(a, b)`` of a package looks at ``a``."""
    receiver = test.callee.value if isinstance(test.callee, ir.Attr) else None
    given = [arg.value for arg in test.args]
    if len(given) > 1 and isinstance(receiver, ir.Name) and (name in words("beginning") or name in words("holding")):
        package = receiver.id
        if any(one.local == package for one in frame.module.imports):
            return given[0], given[1]
    return receiver, given[0] if given else None


def _chosen(frame: Frame, over: ir.Comprehension, hops: int) -> Iterator[Check]:
    """``next((one for one in ALL if one.takes(url)), None)`` that gives one: its condition held."""
    kept = dict(frame.env.vars)
    met, known, frame.met, frame.known = frame.met, frame.known, None, None
    for target, source in zip(over.targets, over.sources, strict=False):
        stores.assign(frame, target, lookup.element(frame.value(source)))
    found = [check for test in over.tests for check in facts(frame, test, truth=True, hops=hops - 1)]
    frame.env.vars, frame.met, frame.known = kept, met, known
    yield from found


def _each(frame: Frame, over: ir.Comprehension, hops: int, *, truth: bool) -> Iterator[Check]:
    kept = dict(frame.env.vars)
    met, known, frame.met, frame.known = frame.met, frame.known, None, None
    for target, source in zip(over.targets, over.sources, strict=False):
        stores.assign(frame, target, lookup.element(frame.value(source)))
    found = [facts(frame, over.element, truth=truth, hops=hops - 1)]
    if len(over.targets) == 1 and isinstance(over.targets[0], ir.Name):
        # Constants are tried one by one: each may be the one for which the condition holds.
        whole = frame.value(over.sources[0])
        texts = [each for each in (whole.fields or {}).values() if whole.items and each.text is not None][:_CONSTANTS]
        if texts:
            found = []
        for each in texts:
            stores.assign(frame, over.targets[0], each)
            found.append(facts(frame, over.element, truth=truth, hops=hops - 1))
    frame.env.vars, frame.met, frame.known = kept, met, known
    yield from next((each for each in found if any(not check.guard.strong for check in each)), found[0])


def _helper(frame: Frame, test: ir.Call, name: str, *, truth: bool) -> Iterator[Check]:
    """What a function checks: by its own summary, by a model, or at worst by its name."""
    told = False
    for checks in bindings.possible(frame, test, _TRUTHS if truth else _FALSES):
        for check in checks:
            told = True
            if check.guard.what == forms.UNDOTTED and isinstance(test.callee, ir.Attr):
                # A closure knows the domain by its parameter; the list that it is handed from tells.
                strong = name in words("going-through") and forms.dotted(frame.value(test.callee.value))
                yield check._replace(guard=check.guard._replace(strong=strong))
            elif check.guard.what == forms.UNKNOWN and any(forms.of_hosts(frame.value(arg.value)) for arg in test.args):
                yield check._replace(guard=Guard(strong=True, what="begins with a fixed address", kinds=HOSTS))
            elif check.guard.what == subjects.PRIVATE and subjects.looked_up(frame, test):
                yield check._replace(guard=Guard(strong=True, what=UNREACHED, kinds=HOSTS))
            else:
                yield check
    if told:
        return
    model = targets.model_of(frame, test) if truth else None
    if model is not None and model.guard:
        yield from forms.of_model(frame, test, model.guard)
    elif _CHECKS.search(name) and not _of_types(frame, test):
        for arg in test.args:
            yield from subjects.checked(
                frame, arg.value, Guard(strong=False, what=f"passed {name}()", kinds=subjects.ALL)
            )


def _of_types(frame: Frame, test: ir.Call) -> bool:
    """Whether what is called tells types apart, so that its name promises more than it does."""
    receiver, target = targets.callee(frame, test)
    found = targets.candidates(frame, test, receiver, target)
    return bool(found) and all(predicates.of_types_alone(frame.library.project, each.ref) for each in found)
