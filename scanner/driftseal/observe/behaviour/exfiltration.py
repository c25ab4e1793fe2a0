"""The whole environment, secret files and what people type or copy, sent outward here or by way of helpers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.addressees import set_up
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.environment import ENVIRONMENT
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind, reached
from driftseal.observe.behaviour.grants import grants
from driftseal.observe.behaviour.hidden_files import HIDDEN
from driftseal.observe.behaviour.hosts import host
from driftseal.observe.behaviour.kinds import (
    CAPTURED,
    FILES,
    KEPT,
    PERSONAL,
    PRINTED,
    SECRETS,
    SETTINGS,
    SHOWN,
    connects,
)
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.outlets import goes_out, leaves, leaving, writes
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.unasked import in_round
from driftseal.observe.behaviour.uses import kept_here, only_asked, only_told, only_used
from driftseal.observe.behaviour.whole import Code

_CUTS: Final = frozenset({"slice", "substring", "substr"})
_SHORT: Final = 16
_LABEL: Final = 64
"""Bytes of which a label of a name has less (RFC 1035)."""
_PROOFS: Final = frozenset({"headers", "defaultHeaders", "default_headers"})
_PIECES: Final = 40
"""Pieces of a text that are added up."""
_OPENERS: Final = frozenset(
    {"open", "read", "read_text", "read_bytes", "readlines", "readFile", "readFileSync", "readTextFile", "openAsBlob"}
    | {"rglob", "glob", "copy", "copy2", "copyfile", "copytree", "copyFile", "copyFileSync", "cp", "cpSync"}
    | {"createReadStream", "make_archive", "add", "write", "file", "directory", "addFile", "addLocalFile"}
    | {"addLocalFolder", "addFolder"}
)
_COPIERS: Final = frozenset(
    {"copy", "copy2", "copyfile", "copyFile", "copyFileSync", "cp", "cpSync", "copytree", "move"}
)
_SETS: Final = frozenset({"set", "append", "update", "add", "setdefault"})
_CARRIED: Final = frozenset({"headers", "cookies", "searchParams", "params", "common"})
_HOSTS: Final = frozenset({"host", "hostname"})
_REPORTS: Final = frozenset({"beforeSend", "before_send", "beforeBreadcrumb", "before_breadcrumb", "onError"})
"""Names under which hooks of reporters are handed over."""
_KINDS: Final = (
    (ENVIRONMENT, "environment-sent"),
    (SECRETS, "secret-file-sent"),
    (SETTINGS, "secret-file-sent"),
    (HIDDEN, "secret-file-sent"),
    (CAPTURED, "capture-sent"),
    (SHOWN, "capture-sent"),
    (PRINTED, "credential-sent"),
    (KEPT, "credential-sent"),
    (PERSONAL, "personal-files-sent"),
)
_HELPERS: Final = 8
"""Functions that are asked whether they open files."""
_SECRET: Final = (SECRETS, SETTINGS)
_OF_PATHS: Final = (*_SECRET, PERSONAL)
_OF_FILES: Final = (*_OF_PATHS, HIDDEN)
_OF_PEOPLE: Final = (CAPTURED, SHOWN)
_KEPT_WHOLE: Final = (*_SECRET, ENVIRONMENT)


def find(code: Code) -> Iterator[Fact]:
    """What is sent, copied or recorded.

    ``environment-sent``, ``secret-file-sent``, ``capture-sent`` and ``capture-sent-unasked``, ``credential-sent``,
    ``secret-file-copied``,
    ``environment-written``, ``environment-hidden``, ``personal-files-sent``, ``dns-exfiltration``, ``drop-used``,
    ``keys-recorded``.
    """
    kinds = [(kind, name, reached(code, kind)) for kind, name in _KINDS]
    for scope in code.scopes:
        for kind, name, paths in kinds:
            flow = Flow(scope, kind) if scope.path in paths else None
            if flow:
                yield from _sent(scope, flow, kind, name)
        yield from _lookups(scope)
        yield from _keys(scope)
        yield from _drops(scope)
        if not _REPORTS.isdisjoint(scope.keys):
            yield from _reported(scope)
        if "secret-files" in scope.shown:
            yield from _chosen(scope)


def _sent(scope: Scope, flow: Flow, kind: Kind, name: str) -> Iterator[Fact]:
    # The path of a key alone is handed to clients that log in by it; what leaves must have been read.
    if kind in _OF_PATHS and not _read_at_all(scope, flow):
        return
    remote = scope.code.logs_elsewhere(scope.path)
    for called in scope.calls:
        out = goes_out(scope, called) or says("lookups", called.name) or (remote and says("loggers", called.name))
        # A token that a client prints proves who one is, in a header, to the service that gave it.
        aside = _PROOFS if kind in {PRINTED, KEPT} else frozenset()
        # Whoever is told of errors is not told of the whole environment.
        logs_in = says("logins", called.name) or (kind is not ENVIRONMENT and says("reporters", called.name))
        logs_in = logs_in or (kind in {KEPT, PRINTED} and grants(scope, called.call))
        out = out or (kind is ENVIRONMENT and says("reporters", called.name))
        line = carried(flow, called, aside) if out and not logs_in else _piped(scope, flow, called)
        if line is not None and not _for_use(scope, flow, called, kind):
            wording = f"{name}-unasked" if kind in _OF_PEOPLE and _by_itself(scope, called) else name
            yield scope.fact(wording, called.call.line, called.name, (line, "read here"))
        if kind is ENVIRONMENT and writes(scope, called) and (line := flow.sent(called)) is not None:
            hidden = called.call.args and says(
                "hidden-files", nodes.path(called.call.args[0].value, known=scope.set_to)
            )
            wording = "environment-hidden" if hidden else "environment-written"
            yield scope.fact(wording, called.call.line, called.name, (line, "read here"))
    if kind in _KEPT_WHOLE:
        yield from _by_programs(scope, flow, name)
    if kind in _SECRET:
        yield from _encoded(scope, flow)
    if kind in _KEPT_WHOLE:
        for node in scope.of(ir.Assign):
            heads = [target for target in node.targets if "headers" in scope.name(target)]
            line = flow.line(node.value) if heads else None
            # Where somebody logs in by what the settings of a client say, those say as well where that is.
            if line is not None and not (says("proof-heads", nodes.last(heads[0])) and _elsewhere(scope)):
                yield scope.fact(name, node.line, "into a header of requests", (line, "read here"))
        yield from _set(scope, flow, name)


@once
def _elsewhere(scope: Scope) -> bool:
    """Whether nobody is asked in a function whose host stands in the source."""
    return not any(host(scope, called) for called in leaving(scope))


def _by_itself(scope: Scope, called: Called) -> bool:
    """Whether something goes to a fixed host again and again, for which no tool accounts that says what it does."""
    return bool(host(scope, called)) and in_round(scope, called.call.line)


def _for_use(scope: Scope, flow: Flow, called: Called, kind: Kind) -> bool:
    """Whether what is handed over is there to be asked, or says where a request goes."""
    if kind is ENVIRONMENT:
        return only_asked(scope, flow, called)
    # What is read of a file goes where those who set the server up keep such things.
    used = set_up(scope, called) or only_used(scope, flow, called)
    return kind in _OF_FILES and (used or only_told(scope, flow, called) or kept_here(scope, flow, called))


def _by_programs(scope: Scope, flow: Flow, name: str) -> Iterator[Fact]:
    """Secret files that are copied, or handed to a program that sends them."""
    for called in scope.calls:
        line = _uploaded(scope, flow, called)
        if line is not None:
            yield scope.fact(name, called.call.line, called.name, (line, "this file"))
        if called.name.rpartition(".")[2] in _COPIERS:
            yield from _copied(scope, flow, called)


def _uploaded(scope: Scope, flow: Flow, called: Called) -> int | None:
    """The origin's line, if a program that sends files is given a path: ``spawn("curl", ["-F", path, url])``."""
    if "argv" not in scope.kinds(called) and "command" not in scope.kinds(called):
        return None
    if not says("upload-programs", scope.command(called.call)):
        return None
    # What a program finds in its own environment it does not send by that.
    words = (arg for arg in called.call.args[:2] if arg.name != "env")
    return next((line for arg in words if (line := flow.line(arg.value)) is not None), None)


def _set(scope: Scope, flow: Flow, name: str) -> Iterator[Fact]:
    """``client.headers.set("x-trace", …)``, ``session.cookies.update(…)``."""
    for called in scope.calls:
        callee = called.call.callee
        on = callee.value if isinstance(callee, ir.Attr) and callee.name in _SETS else None
        if isinstance(on, ir.Attr) and on.name in _CARRIED and (line := flow.sent(called)) is not None:
            yield scope.fact(name, called.call.line, f"into {on.name} of requests", (line, "read here"))


def _reported(scope: Scope) -> Iterator[Fact]:
    """What a hook puts into every report of an error, which goes elsewhere."""
    for entry in scope.of(ir.Entry):
        hook = entry.value.function if isinstance(entry.value, ir.Closure) else 0
        body = scope.code.owner(scope.path, hook) if hook and nodes.text(entry.key) in _REPORTS else None
        for kind, name in _KINDS[:2] if body is not None else ():
            flow = Flow(body, kind) if body is not None else None
            for node in walk(scope.module.functions[hook].body) if flow else ():
                value = node.value if isinstance(node, (ir.Assign, ir.Return)) else None
                line = flow.line(value) if flow is not None and value is not None else None
                if line is not None:
                    yield scope.fact(name, node.line, "into every report", (line, "read here"))
                    break


def _chosen(scope: Scope) -> Iterator[Fact]:
    """``if (/pem|key/.test(name)) send(read(name))``: files that are told from others by being secret."""
    flow: Flow | None = None
    for branch in scope.of(ir.If):
        named = next((each for each in nodes.strings(branch.test) if says("secret-files", str(each.value))), None)
        for node in walk(branch.then) if named is not None else ():
            called = scope.by_call.get(id(node)) if isinstance(node, ir.Call) else None
            if called is not None and named is not None and goes_out(scope, called):
                flow = flow or Flow(scope, FILES)
                if carried(flow, called, frozenset()) is not None:
                    place = (named.line, "files of this kind")
                    yield scope.fact("secret-file-sent", called.call.line, called.name, place)
                    break


def _encoded(scope: Scope, flow: Flow) -> Iterator[Fact]:
    """A secret file that stands in an answer in a form that nobody reads at a glance."""
    for node in scope.of(ir.Return):
        inside = walk(node.value) if isinstance(node.value, ir.Mapping) else ()
        for called in (scope.by_call.get(id(each)) for each in inside if isinstance(each, ir.Call)):
            encodes = called is not None and called.name != "Buffer.from" and says("encoders", called.name)
            if called is not None and (encodes or _coded(called)):
                line = flow.line(called.call)
                if line is not None:
                    yield scope.fact("secret-file-sent", called.call.line, "encoded, in an answer", (line, "read here"))


def carried(flow: Flow, called: Called, aside: frozenset[str]) -> int | None:
    """The origin's line, if an argument carries it; what proves who one is has its own names."""
    for arg in called.call.args:
        for value in _followed(flow, arg.name, arg.value, aside):
            found = flow.line(value)
            if found is not None:
                return found
    callee = called.call.callee
    # A form is what is sent, and sends itself.
    itself = isinstance(callee, ir.Attr) and callee.name == "submit"
    return flow.line(callee.value) if itself and isinstance(callee, ir.Attr) else None


def _followed(flow: Flow, name: str, value: ir.Expr, aside: frozenset[str]) -> Iterator[ir.Expr]:
    """What is looked at of an argument; of heads those alone by which nobody proves who they are."""
    if says("credential-options", name):
        return
    # Of a table that is what is followed as a whole, each entry is one key, and nothing alone.
    entries = value.entries if isinstance(value, ir.Mapping) and flow.begun(value) is None else None
    if name in aside:
        yield from (each.value for each in entries or () if not says("proof-heads", nodes.text(each.key) or "token"))
    elif entries is None:
        yield value
    else:
        for each in entries:
            key = nodes.text(each.key)
            if key in aside:
                yield from _followed(flow, key, each.value, aside)
            elif not says("credential-options", key):
                yield each.value


def _piped(scope: Scope, flow: Flow, called: Called) -> int | None:
    """The origin's line, if a stream that carries it runs into one that goes out: ``stream.pipe(request)``."""
    args = [arg.value for arg in called.call.args]
    last = called.name.rpartition(".")[2]
    if last == "pipe" and type(called.call.callee) is ir.Attr:
        args = [called.call.callee.value, *args]
    elif last != "pipeline":
        return None
    line = flow.line(args[0]) if len(args) > 1 else None
    ends = [scope.set_to(each) for each in args[1:]] if line is not None else []
    made = [scope.by_call[id(each)] for each in ends if type(each) is ir.Call and id(each) in scope.by_call]
    return line if any(leaves(scope, each) or connects(each.name) for each in made) else None


def _reads(scope: Scope, called: Called, flow: Flow) -> bool:
    """Whether a call reads what is followed, or is a helper that has read it."""
    last = called.name.rpartition(".")[2]
    model = scope.model(called)
    reads = last in _OPENERS or called.name.endswith("sqlite3.connect") or says("uploaders", called.name)
    reads = reads or (model is not None and model.source is not None and model.source.kind in {"file", "secret-file"})
    reads = reads or says("reading-programs", next((line for each, line in scope.commands if each is called), ""))
    if not reads:
        helper = scope.helper(called.call)
        reads = helper is not None and _opens(helper)
    return reads and flow.line(called.call) is not None


def _opens(helper: Scope) -> bool:
    """Whether a function opens files, or has others of the project do it: ``names.map(load)``."""
    waiting = [helper]
    for scope in waiting:
        if not _OPENERS.isdisjoint(scope.lasts):
            return True
        named = (arg.value for each in scope.calls for arg in each.call.args if type(arg.value) is ir.Name)
        refs = (scope.code.project.named(scope.path, each.id) for each in named if each.id not in scope.assigned)
        handed = (scope.code.scope(ref) for ref in refs if isinstance(ref, FunctionRef))
        further = [*(inner for _, inner in scope.helped), *filter(None, handed)]
        waiting += [each for each in further if each not in waiting][: max(_HELPERS - len(waiting), 0)]
    return False


def _read_at_all(scope: Scope, flow: Flow) -> bool:
    """Whether anything reads what is followed: here, in the same object, or in a program that sends files."""
    if any(says("upload-programs", command) for _, command in scope.commands):
        return True
    return any(_reads(scope, called, flow) for called in scope.calls) or _read_before(scope)


def _read_before(scope: Scope) -> bool:
    """Whether another method of the same object reads a secret file."""
    others = scope.code.methods(scope.path, scope.function.cls) if scope.function.cls >= 0 else ()
    for other in (each for each in others if each is not scope):
        for flow in (Flow(other, kind) for kind in _SECRET):
            if flow and any(_reads(other, called, flow) for called in other.calls):
                return True
    return False


def _copied(scope: Scope, flow: Flow, called: Called) -> Iterator[Fact]:
    """A secret file that is laid where it does not belong; a copy beside itself is a backup."""
    if len(called.call.args) > 1:
        source, target = called.call.args[0].value, called.call.args[1].value
        line = flow.line(source)
        beside = {node.id for node in nodes.walk(source) if type(node) is ir.Name}
        names = {node.id for node in nodes.walk(target) if type(node) is ir.Name}
        if (line is not None and says("hiding-places", nodes.path(scope.set_to(target)) or nodes.written(target))) or (
            line is not None
            and not beside & names
            and called.name.startswith("shutil")
            and names
            and _temporary(scope, target)
        ):
            yield scope.fact("secret-file-copied", called.call.line, called.name, (line, "this file"))


def _temporary(scope: Scope, target: Any) -> bool:
    value = scope.set_to(target)
    return any(type(each) is ir.Call and "tempfile" in scope.name(each) for each in nodes.walk(value))


def _lookups(scope: Scope) -> Iterator[Fact]:
    """A name that is made of encoded or cut data and looked up below a fixed domain."""
    asked = [called for called in scope.doing.get("lookups", ()) if called.call.args]
    if not asked:
        return
    near = (scope, *(helper for _, helper in scope.helped[:_HELPERS]))
    encodes = any(says("encoders", called.name) or _coded(called) for one in near for called in one.calls)
    for called in asked:
        name = scope.set_to(called.call.args[0].value)
        tail = _tail(scope, name)
        cut = any((type(node) is ir.Index and type(node.key) is ir.Group) or _label(node) for node in nodes.walk(name))
        if tail.count(".") > 1 and (encodes or cut):
            yield scope.fact("dns-exfiltration", called.call.line, f"{called.name} of …{tail}")


def _label(node: Any) -> bool:
    """``data.slice(0, 60)``: as much as one label of a name holds."""
    if type(node) is not ir.Call or type(node.callee) is not ir.Attr or node.callee.name not in _CUTS:
        return False
    ends = [arg.value.value for arg in node.args if isinstance(arg.value, ir.Const)]
    return any(isinstance(end, int) and _SHORT <= end < _LABEL for end in ends)


def _coded(called: Called) -> bool:
    """``data.toString("hex")``."""
    return called.name.endswith("toString") and any(
        nodes.text(arg.value) in {"hex", "base64", "base64url"} for arg in called.call.args
    )


def _tail(scope: Scope, expr: ir.Expr) -> str:
    """The fixed end of a text; empty where it is fixed as a whole."""
    parts: list[Any] = []
    while isinstance(expr, ir.Binary) and expr.op == "+" and len(parts) < _PIECES:
        parts[:0] = expr.right.parts if isinstance(expr.right, ir.Text) else (expr.right,)
        expr = expr.left
    if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and expr.callee.name == "join":
        # Labels in a list, with dots between them.
        labels = scope.set_to(expr.callee.value)
        last = labels.items[-1] if isinstance(labels, ir.Group) and len(labels.items) > 1 else expr
        return f".{scope.constant(last) or ''}"
    parts[:0] = expr.parts if isinstance(expr, ir.Text) else (expr,)
    found: list[str] = []
    for part in reversed(parts):
        given = scope.constant(part) or scope.default(part)
        if not isinstance(given, str):
            return "".join(found)
        found.insert(0, given)
    return ""


def _drops(scope: Scope) -> Iterator[Fact]:
    """A place that stands in the source and takes whatever anyone sends there."""
    if "drops" not in scope.shown:
        for called in scope.calls if not _HOSTS.isdisjoint(scope.keys) else ():
            where = next((_address(scope, arg.value) for arg in called.call.args if leaves(scope, called)), "")
            if where and says("drops", where):
                yield scope.fact("drop-used", called.call.line, f"{called.name} to {_host(where)}")
        return
    sends = next((called for called in scope.calls if leaves(scope, called)), None)
    if sends is None:
        return
    own = next((each for each in scope.constants if says("drops", str(each.value))), None)
    where = _host(str(own.value)) if own is not None else "a place named above"
    yield scope.fact("drop-used", sends.call.line, f"{sends.name} to {where}")


def _address(scope: Scope, value: ir.Expr) -> str:
    """The address that options name by host and path."""
    whole = scope.set_to(value)
    entries = whole.entries if isinstance(whole, ir.Mapping) else ()
    given = {nodes.text(entry.key): scope.constant(entry.value) or "" for entry in entries}
    host = next((given[key] for key in sorted(_HOSTS) if given.get(key)), "")
    return f"https://{host}{given.get('path', '')}" if host else ""


def _keys(scope: Scope) -> Iterator[Fact]:
    """A recorder of what is typed, in a file that also sends or writes."""
    for called in scope.doing.get("key-recorders", ()):
        others = scope.code.of_file(scope.path)
        out = next(
            (each for other in others for each in other.calls if goes_out(other, each) or writes(other, each)), None
        )
        if out is not None:
            yield scope.fact("keys-recorded", called.call.line, called.name, (out.call.line, "goes out here"))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return "a broken address"
