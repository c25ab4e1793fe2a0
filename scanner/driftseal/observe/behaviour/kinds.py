"""What is followed: things worth stealing, text that hides code, and what comes in from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.flows import Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope

ENVIRONMENTS: Final = frozenset({"os.environ", "process.env", "os.environb"})
_LETTERS: Final = frozenset({"fromCharCode", "fromCodePoint", "codePointAt"})
_ENV: Final = frozenset({"environ", "env", "environb", "getenv"})
_WHOLE: Final = frozenset({"items", "copy", "values"})
_SEVERAL: Final = 2
"""Makers whose keys no single service wants."""
_CHAIN: Final = 8
"""Calls in a row that are looked through."""
_CODED: Final = frozenset({"base64", "hex", "base64url", "latin1"})
_CONNECTS: Final = frozenset(
    {
        *("socket.socket.connect", "socket.create_connection", "net.connect", "net.createConnection", "net.Socket"),
        *("net.Socket.connect", "tls.connect", "asyncio.open_connection", "socket.connect"),
    }
)
_LISTENERS: Final = frozenset({"on", "addEventListener", "addListener", "once"})
_CHANNELS: Final = frozenset({"ws", "socket.io-client", "net", "tls", "websocket"})
_ANSWERS: Final = frozenset({"recv", "recvfrom", "readline", "read", "on", "makefile"})


def connects(name: str) -> bool:
    """Whether a call opens a bare connection."""
    return name in _CONNECTS


def _environment(scope: Scope, node: Any) -> int | None:
    """Where the whole environment is taken, not one variable of it."""
    kind = type(node)
    if kind is ir.Mapping:
        whole = _several(scope, node)
    elif kind is ir.Index:
        # A variable by a name that is computed, where all names are gone through.
        whole = type(node.key) is ir.Name and scope.name(node.value) in ENVIRONMENTS and _all_names(scope)
    elif kind is ir.Call:
        named = (
            scope.name(node) in {"os.getenv", "os.environ.get"}
            and type(node.args[0].value if node.args else None) is ir.Name
        )
        whole = (
            (named and _all_names(scope))
            or _asked(scope, node)
            or _gone_through(scope, node)
            or (
                type(node.callee) is ir.Attr
                and node.callee.name in _WHOLE
                and scope.name(node.callee.value) in ENVIRONMENTS
            )
        )
    else:
        spelled = node.name if kind is ir.Attr else node.id
        whole = (spelled in _ENV or spelled in _renamed(scope)) and scope.name(node) in ENVIRONMENTS
    return int(node.line) if whole else None


def _lists_secrets(value: Any) -> bool:
    """Whether a list names secret variables of several makers."""
    if type(value) is not ir.Group:
        return False
    return _makers(nodes.text(item) for item in value.items) >= _SEVERAL


def _several(scope: Scope, node: ir.Mapping) -> bool:
    """Whether secret variables of several makers are put into one object."""
    names = (
        scope.name(entry.value) if type(entry.value) in {ir.Attr, ir.Index, ir.Call} else "" for entry in node.entries
    )
    return (
        _makers(name.rpartition(".")[2] for name in names if name.startswith(("process.env.", "os.environ.")))
        >= _SEVERAL
    )


def _makers(names: Iterable[str]) -> int:
    return len({name.partition("_")[0] for name in names if says("secret-variables", name)})


def _each_name(scope: Scope, node: ir.Call) -> bool:
    """``os.getenv(name)``, where all names are gone through."""
    if scope.name(node) not in {"os.getenv", "os.environ.get"} or not node.args:
        return False
    return type(node.args[0].value) is ir.Name and _all_names(scope)


def _asked(scope: Scope, node: ir.Call) -> bool:
    """``check_output("env")``."""
    if not node.args or "command" not in scope.code.kinds(scope.module.language, scope.name(node)):
        return False
    return says("environment-commands", nodes.text(node.args[0].value))


def _renamed(scope: Scope) -> set[str]:
    """Other names under which the environment was imported."""
    return {each.local for each in scope.module.imports if each.symbol in _ENV}


def _gone_through(scope: Scope, node: ir.Call) -> bool:
    """``Object.keys(process.env).map((name) => process.env[name])``."""
    if not any(type(arg.value) is ir.Closure for arg in node.args):
        return False
    expr: Any = node
    for _ in range(_CHAIN):
        if type(expr) is ir.Call and scope.name(expr) in {"Object.keys", "Reflect.ownKeys"}:
            break
        expr = expr.callee if type(expr) is ir.Call else expr.value if type(expr) is ir.Attr else None
    if type(expr) is not ir.Call or not any(scope.name(arg.value) in ENVIRONMENTS for arg in expr.args):
        return False
    bodies = [scope.module.functions[arg.value.function].body for arg in node.args if type(arg.value) is ir.Closure]
    return any(
        type(each) is ir.Index and type(each.key) is ir.Name and scope.name(each.value) in ENVIRONMENTS
        for body in bodies
        for each in nodes.walk(body)
    )


def _all_names(scope: Scope) -> bool:
    for called in scope.calls:
        if called.name in {"Object.keys", "Object.entries", "os.environ.keys", "list", "sorted"} and any(
            scope.name(arg.value) in ENVIRONMENTS for arg in called.call.args
        ):
            return True
    if any(_lists_secrets(each) for each in scope.of(ir.Group)) or any(
        _lists_secrets(value) for name, value in scope.code.top(scope.path).items() if name in scope.words
    ):
        return True
    sources = [loop.source for loop in scope.of(ir.Loop)]
    sources += [source for each in scope.of(ir.Comprehension) for source in each.sources]
    return any(source is not None and scope.name(source).removesuffix(".keys") in ENVIRONMENTS for source in sources)


def _secret(scope: Scope, node: Any) -> int | None:
    """Where the path of a secret file stands."""
    kind = type(node)
    if kind is ir.Const:
        return node.line if isinstance(node.value, str) and says("secret-files", node.value) else None
    if kind is ir.Name:
        told = scope.code.told(scope.path).get(node.id)
        return node.line if told is not None and "secret-files" in told and node.id not in scope.assigned else None
    return node.line if says("secret-files", nodes.path(node)) else None


def _decoded(scope: Scope, node: Any) -> int | None:
    """Where text is decoded, decompressed, turned round or put together of characters."""
    kind = type(node)
    if kind is ir.Call:
        name = scope.name(node)
        found = says("decoders", name) or _buffer(name, node) or _spelled(scope, name, node) or _by_letter(scope, node)
        return node.line if found else None
    if kind is ir.Index:
        turned = type(node.key) is ir.Group and any(
            type(each) is ir.Unary and each.op == "-" for each in node.key.items[-1:]
        )
        return node.line if turned else None
    return node.line if node.op == "^" else None


def _picks(scope: Scope, element: Any) -> bool:
    """``table[number]``, of a table that is a constant text."""
    return type(element) is ir.Index and scope.constant(element.value) is not None


def _by_letter(scope: Scope, node: ir.Call) -> bool:
    """``codes.map((code) => String.fromCharCode(code))``, also with the function by its name."""
    for arg in node.args:
        if type(arg.value) in {ir.Name, ir.Attr} and says("decoders", scope.name(arg.value)):
            return True
        if type(arg.value) is ir.Name and arg.value.id == "chr":
            return True
        if type(arg.value) is ir.Closure and _LETTERS & _spelled_in(scope.module.functions[arg.value.function].body):
            return True
    return False


def _spelled_in(body: ir.Block) -> set[str]:
    return {node.name for node in nodes.walk(body) if type(node) is ir.Attr}


def _loosely(scope: Scope, node: Any) -> int | None:
    """As above, and bytes turned into letters: nothing that is run as code comes by that way."""
    if type(node) is ir.Call and says("letters", scope.name(node)):
        return int(node.line)
    return _decoded(scope, node)


def _buffer(name: str, node: ir.Call) -> bool:
    return name == "Buffer.from" and any(
        isinstance(arg.value, ir.Const) and arg.value.value in _CODED for arg in node.args[1:]
    )


def _spelled(scope: Scope, name: str, node: ir.Call) -> bool:
    """``"".join(chr(x) …)`` and ``s.split("").reverse().join("")``."""
    if name.endswith("reverse.join"):
        return True
    return (
        bool(node.args)
        and name == "str.join"
        and any(
            (isinstance(each, ir.Call) and scope.name(each) in {"chr", "reversed"})
            or (isinstance(each, ir.Comprehension) and _picks(scope, each.element))
            for each in nodes.walk(node.args[0].value)
        )
    )


def _fetched(scope: Scope, node: Any) -> int | None:
    name = scope.name(node)
    model = scope.code.model(scope.module.language, name)
    if model is not None and model.source is not None and model.source.kind == "network":
        return int(node.line)
    return node.line if name.endswith("urlretrieve") or says("fetchers", name) else None


def _received(scope: Scope, node: Any) -> int | None:
    """What comes in over a bare connection, or over one that another machine speaks first on."""
    name = scope.name(node)
    head, _, last = name.rpartition(".")
    if says("talks", name) and not any(says("own-machine", each.value) for each in _texts(node)):
        return int(node.line)
    if last in _ANSWERS and (head in _CONNECTS or head == "socket.socket"):
        return int(node.line)
    heard = last in _LISTENERS and bool(node.args) and nodes.text(node.args[0].value) in {"message", "data", "command"}
    return node.line if heard and _talks(scope) else None


def _talks(scope: Scope) -> bool:
    """Whether the file opens a channel to another machine, on which that one speaks, too."""
    imported = any(each.module.removeprefix("node:") in _CHANNELS for each in scope.module.imports)
    return (imported or "WebSocket" in scope.words) and any(
        says("talks", called.name) and called.call.new for called in scope.calls
    )


def _texts(node: ir.Call) -> list[Any]:
    return [each for arg in node.args for each in nodes.strings(arg.value)]


def _captured(scope: Scope, node: Any) -> int | None:
    return node.line if says("captures", scope.name(node)) else None


ENVIRONMENT: Final = Kind(
    "environment", _environment, (ir.Name, ir.Attr, ir.Call, ir.Index, ir.Mapping), strict=True, words=_ENV
)
SECRETS: Final = Kind("secret-file", _secret, (ir.Const, ir.Name, ir.Call, ir.Binary), subject="secret-files")
LETTERS: Final = Kind("letters", _loosely, (ir.Call, ir.Index, ir.Binary))
DECODED: Final = Kind("decoded", _decoded, (ir.Call, ir.Index, ir.Binary))
FETCHED: Final = Kind("fetched", _fetched, (ir.Call,))
RECEIVED: Final = Kind("received", _received, (ir.Call,))
CAPTURED: Final = Kind("captured", _captured, (ir.Call,), doing="captures")
