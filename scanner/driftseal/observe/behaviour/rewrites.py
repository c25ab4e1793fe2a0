"""Texts of tools that change after start: what a user approved is not what the model reads then."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.handed import standing_for
from driftseal.observe.behaviour.kinds import FETCHED
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.triggers import counters, counts, reason, spelled
from driftseal.observe.behaviour.whole import Code

_TEXTS: Final = frozenset({"description", "__doc__", "instructions", "_description"})
_SCHEMAS: Final = frozenset({"inputSchema", "input_schema", "parameters", "schema", "handler", "execute"})
_MAKERS: Final = frozenset(
    {"__init__", "constructor", "__new__", "", "__init_subclass__", "decorator", "wrapper", "wraps"}
)
_TIMERS: Final = frozenset({"threading.Timer", "setTimeout", "setInterval", "asyncio.Loop.call_later"})
_TIMES: Final = frozenset({"date", "counter", "elapsed"})
_LISTS: Final = frozenset({"registerTool", "add_tool", "addTool", "remove_tool", "send_tool_list_changed"})

_HELD: Final = 1000
"""Nodes of a table of texts that are looked at."""
_TOLD: Final = frozenset({"sendToolListChanged", "send_tool_list_changed", "notifyToolListChanged"})
_MINUTE: Final = 60_000
"""Milliseconds."""
_REGISTERS: Final = frozenset({"tool", "registerTool", "addTool"})
_TAKES: Final = frozenset({"get", "get_tool", "getTool", "pop"})
_FEWEST: Final = 2
"""Arguments of a registration: more than a name and a handler."""


def find(code: Code) -> Iterator[Fact]:
    """``text-changes`` and ``text-fetched``."""
    for scope in code.scopes:
        counted = counters(scope)
        for branch in scope.of(ir.If):
            yield from _branch(scope, branch, counted)
        for choice in scope.of(ir.Choice):
            if _long(choice.then) and _long(choice.otherwise):
                why = reason(scope, choice.test, counted)
                if why in {"date", "counter"} or (why == "elapsed" and _in_tool(scope, choice)):
                    yield scope.fact("text-changes", choice.line, f"a text chosen by {why}")
        yield from _picked(scope)
        yield from _rewrites(scope)
        yield from _fetched(scope)


def _branch(scope: Scope, node: ir.If, counted: frozenset[str]) -> Iterator[Fact]:
    why = reason(scope, node.test, counted)
    for branch in (node.then, node.otherwise) if why else ():
        changed = next((line for line in _changes(branch, why)), None)
        if changed is not None:
            yield scope.fact("text-changes", changed, f"changes by {why}", (node.line, "decided here"))


def _picked(scope: Scope) -> Iterator[Fact]:
    """``description: TEXTS[Math.min(listed++, 1)]``: one of several texts, by a count or by the time."""
    for entry in scope.of(ir.Entry) if "description" in scope.keys else ():
        picked = scope.assigned.get(entry.value.id) if isinstance(entry.value, ir.Name) else entry.value
        if text(entry.key) not in _TEXTS or not isinstance(picked, ir.Index):
            continue
        texts = scope.set_to(picked.value)
        several = isinstance(texts, ir.Group) and sum(map(_long, texts.items)) > 1
        if several and (counts(scope, picked.key) or any(says("clocks", scope.name(each)) for each in _calls(picked))):
            yield scope.fact("text-changes", picked.line, "one of several texts, by a count or the time")


def _calls(expr: ir.Expr) -> Iterator[ir.Call]:
    return (node for node in walk(expr) if isinstance(node, ir.Call))


def _in_tool(scope: Scope, choice: ir.Choice) -> bool:
    """Whether a choice is the text of a tool."""
    return any(entry.value is choice and text(entry.key) in _TEXTS for entry in scope.of(ir.Entry))


def _fetched(scope: Scope) -> Iterator[Fact]:
    """A tool whose description comes from the network, or from a function that changes it."""
    told = list(_told(scope))
    flow = Flow(scope, FETCHED) if told else None
    for value in told:
        if flow is not None and flow.line(value) is not None:
            yield scope.fact("text-fetched", value.line, "a description from the network")
    # What is fetched once more after some minutes is kept for so long, as caches keep it.
    begun = ((value, _TIMES - {"elapsed"}) for value in (*_instructions(scope), *_decorated(scope)))
    for value, times in (*((value, _TIMES) for value in told), *begun):
        for call in (each for each in walk(value) if isinstance(each, ir.Call)):
            helper = scope.helper(call)
            if helper is not None and _two_texts(helper, times):
                yield scope.fact("text-changes", call.line, "a description by the time or the number of calls")


def _instructions(scope: Scope) -> Iterator[Any]:
    """What a server says of itself when somebody connects."""
    if "instructions" in scope.keys:
        given = (arg for called in scope.calls for arg in called.call.args if arg.name == "instructions")
        yield from (arg.value for arg in given)
        yield from (entry.value for entry in scope.of(ir.Entry) if text(entry.key) == "instructions")


def _decorated(scope: Scope) -> Iterator[Any]:
    """``@server.tool(description=describe())``, which is worked out where the file is loaded."""
    for function in scope.module.functions if scope.number == 0 else ():
        for each in function.decorators:
            if isinstance(each, ir.Call) and isinstance(each.callee, ir.Attr) and each.callee.name == "tool":
                yield from (arg.value for arg in each.args if arg.name == "description")


def _told(scope: Scope) -> Iterator[Any]:
    """Descriptions of tools whose names are fixed."""
    for node in scope.of(ir.Mapping) if "description" in scope.keys else ():
        entries = {text(entry.key): entry.value for entry in node.entries}
        if "description" in entries and not _SCHEMAS.isdisjoint(entries) and text(entries.get("name")):
            yield entries["description"]
    for called in scope.calls:
        if "tool" not in called.name.lower():
            continue
        named = {arg.name: arg.value for arg in called.call.args if arg.name}
        if "description" in named and text(named.get("name")):
            yield named["description"]
        elif called.name.rpartition(".")[2] in _REGISTERS and len(called.call.args) > _FEWEST:
            yield from _registered(called.call)


def _registered(call: ir.Call) -> Iterator[Any]:
    """The description in ``tool(name, description, …, handler)`` or ``registerTool(name, {description}, handler)``."""
    name, second = call.args[0].value, call.args[1].value
    if not text(name):
        return
    if isinstance(second, ir.Mapping):
        yield from (entry.value for entry in second.entries if text(entry.key) == "description")
    elif not isinstance(second, ir.Closure):
        yield second


def _two_texts(helper: Scope, times: frozenset[str] = _TIMES) -> bool:
    """Whether a function gives back one text or another by the time or a count."""
    flow = Flow(helper, FETCHED)
    texts = [node for node in helper.of(ir.Return) if node.value is not None and _is_text(helper, flow, node.value)]
    grows = any(_long(value) for given in _names_given(helper) for value in helper.grown.get(given, ()))
    branches = helper.of(ir.If) if len(texts) > 1 or grows else []
    return any(reason(helper, node.test, counters(helper)) in times for node in branches)


def _is_text(helper: Scope, flow: Flow, value: ir.Expr) -> bool:
    """Whether a value is a text that stands in the source, or one that comes from the network."""
    return _long(value) or (helper.constant(value) or "").count(" ") > 1 or flow.line(value) is not None


def _names_given(helper: Scope) -> set[str]:
    """Names that a function gives back as they are."""
    return {node.value.id for node in helper.of(ir.Return) if isinstance(node.value, ir.Name)}


def _changes(branch: ir.Block, why: str) -> Iterator[int]:
    for node in walk(branch):
        if isinstance(node, ir.Assign) and any(_text_of_tool(target) for target in node.targets):
            yield node.line
        elif why in _TIMES and isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr):
            if node.callee.name in _LISTS:
                yield node.line
        elif (
            why in {"date", "counter", "elapsed"}
            and isinstance(node, ir.Entry)
            and text(node.key) in _TEXTS
            and _long(node.value)
        ):
            yield node.value.line


def _rewrites(scope: Scope) -> Iterator[Fact]:
    """A tool's text that is set again by a running server."""
    running = bool(scope.number) and scope.function.name not in _MAKERS
    for node in scope.of(ir.Assign):
        for target in node.targets:
            if not _text_of_tool(target) or _made_with(scope, target, node):
                continue
            if (running or _orders(node.value)) and (_of_tool(target) or _of_list(scope, target)):
                yield from _rewritten(scope, target, node)
    for call in scope.of(ir.Call) if "update" in scope.words else ():
        yield from _updated(scope, call)
    yield from _timed(scope)


def _made_with(scope: Scope, target: Any, node: ir.Assign) -> bool:
    """Whether a function gets its text where it is made, before anybody can ask for it."""
    of = target.value if isinstance(target, ir.Attr) and target.name == "__doc__" else None
    if not isinstance(of, ir.Name) or _orders(node.value):
        return False
    made = any(inner.name == of.id and inner.outer == scope.number for inner in scope.inner)
    # Not in another function beside it, which may run at any time.
    return made and any(each is node for each in walk(scope.function.body))


def _timed(scope: Scope) -> Iterator[Fact]:
    """What a timer changes."""
    for called in scope.calls if not _TIMERS.isdisjoint(scope.names) else ():
        for arg in called.call.args if called.name in _TIMERS else ():
            body = scope.module.functions[arg.value.function].body if isinstance(arg.value, ir.Closure) else ()
            if isinstance(arg.value, ir.Closure) and _late(scope, called.call):
                told = next((each for each in walk(body) if _tells(each)), None)
                if told is not None:
                    place = (called.call.line, "set here")
                    yield scope.fact("text-changes", told.line, "the list changes by a timer", place)
            for line in _changes(body, "date"):
                yield scope.fact("text-changes", line, "changes by a timer", (called.call.line, "set here"))


def _tells(node: Any) -> bool:
    """Whether clients are told that tools have changed."""
    return isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _TOLD


def _late(scope: Scope, call: ir.Call) -> bool:
    """Whether a timer waits for a minute or more; one that waits for less gathers changes that come together."""
    delay = call.args[1].value if len(call.args) > 1 else None
    span = 1.0
    for node in walk(scope.set_to(delay)) if delay is not None else ():
        number = node.value if isinstance(node, ir.Const) else None
        span *= number if isinstance(number, (int, float)) and not isinstance(number, bool) else 1.0
    return span >= _MINUTE


def _rewritten(scope: Scope, target: ir.Expr, node: ir.Assign) -> Iterator[Fact]:
    if _fixed(scope, node.value) or _orders(node.value) or _handed(scope, node.value):
        yield scope.fact("text-changes", node.line, spelled(target) or "a tool's description")
    elif any(_two_texts(helper) for call in _calls(node.value) if (helper := scope.helper(call)) is not None):
        yield scope.fact("text-changes", node.line, "a description by the time or the number of calls")
    elif Flow(scope, FETCHED).line(node.value) is not None:
        yield scope.fact("text-fetched", node.line, "a description from the network")


def _handed(scope: Scope, value: Any) -> bool:
    """Whether a text is what the function is called with in its file, and that gives orders."""
    if not isinstance(value, ir.Name) or value.id not in {param.name for param in scope.function.params}:
        return False
    for other in scope.code.of_file(scope.path):
        calls = (called.call for called, helper in other.helped if helper is scope)
        given = (other.constant(each) for call in calls for each in standing_for(call, scope, {value.id}))
        if any(says("instructs", each or "") for each in given):
            return True
    return False


def _orders(value: Any) -> bool:
    """Whether a text gives orders to the model."""
    return any(says("instructs", str(each.value)) for each in strings(value))


def _updated(scope: Scope, call: ir.Call) -> Iterator[Fact]:
    told = _updates(scope, call)
    flow = Flow(scope, FETCHED) if told else None
    if any(_fixed(scope, each) for each in told):
        yield scope.fact("text-changes", call.line, spelled(call.callee))
    elif flow is not None and any(flow.line(each) is not None for each in told):
        yield scope.fact("text-fetched", call.line, "a description from the network")


def _updates(scope: Scope, call: ir.Call) -> list[ir.Expr]:
    """The descriptions in ``tool.update({description: …})``, of what is called a tool or was registered as one.

    What is no table here holds the description among the rest: ``tools.get(name)?.update(patch)``.
    """
    if not isinstance(call.callee, ir.Attr) or call.callee.name != "update":
        return []
    made = scope.set_to(call.callee.value)
    registered = isinstance(made, ir.Call) and isinstance(made.callee, ir.Attr) and made.callee.name in _REGISTERS
    # Clients are told so, or it is called one.
    changed = not _TOLD.isdisjoint(scope.words)
    if not registered and not changed and "tool" not in spelled(call.callee).lower():
        return []
    whole = [arg.value for arg in call.args if isinstance(arg.value, (ir.Name, ir.Attr, ir.Index))]
    entries = [entry for arg in call.args if isinstance(arg.value, ir.Mapping) for entry in arg.value.entries]
    return [*(whole if changed else ()), *(entry.value for entry in entries if text(entry.key) == "description")]


def _text_of_tool(target: ir.Expr) -> bool:
    if isinstance(target, ir.Attr):
        return target.name in _TEXTS
    return isinstance(target, ir.Index) and isinstance(target.key, ir.Const) and target.key.value in _TEXTS


def _of_tool(target: ir.Expr) -> bool:
    if isinstance(target, ir.Attr) and target.name == "__doc__":
        return True
    return "tool" in spelled(target).lower() or any(
        isinstance(node, (ir.Name, ir.Attr)) and "tool" in (node.id if isinstance(node, ir.Name) else node.name).lower()
        for node in walk(target)
    )


def _of_list(scope: Scope, target: ir.Expr) -> bool:
    """Whether a text is set of one that was taken out of a list of tools, or of each."""
    of = target.value if isinstance(target, (ir.Attr, ir.Index)) else None
    taken = scope.assigned.get(of.id) if isinstance(of, ir.Name) else None
    if isinstance(taken, ir.Call) and isinstance(taken.callee, ir.Attr) and taken.callee.name in _TAKES:
        return "tool" in spelled(taken.callee).lower()
    for loop in scope.of(ir.Loop) if isinstance(of, ir.Name) else ():
        named = any(isinstance(each, ir.Name) and isinstance(of, ir.Name) and each.id == of.id for each in loop.targets)
        if named and loop.source is not None and "tool" in spelled(loop.source).lower():
            return True
    return False


def _fixed(scope: Scope, value: ir.Expr) -> bool:
    """Whether it is such a text, or a name or a member that stands for one."""
    return _long(value) or (scope.constant(value) or "").count(" ") > 1 or _of_texts(scope, value)


def _of_texts(scope: Scope, value: ir.Expr) -> bool:
    """``TEXTS[name].at(-1)``, of a table of the source that holds several texts."""
    made = scope.set_to(value)
    tables = [scope.set_to(each) for each in walk(made) if isinstance(each, ir.Name)] if made is not value else []
    held = (
        [node for node in islice(walk(each), _HELD) if type(node) is ir.Const] for each in tables if _is_table(each)
    )
    return any(sum(map(_long, one)) > 1 for one in held)


def _is_table(value: Any) -> bool:
    return isinstance(value, (ir.Mapping, ir.Group))


def _long(expr: ir.Expr) -> bool:
    """Whether it is a constant text of more than a word."""
    for node in walk(expr):
        if isinstance(node, ir.Const) and isinstance(node.value, str) and node.value.count(" ") > 1:
            return True
    return False
