"""What is followed besides the environment: secret files, text that hides code, what comes in from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import home, nodes
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.inner import outer
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope, once

_LETTERS: Final = frozenset({"fromCharCode", "fromCodePoint", "codePointAt"})
_ROUNDS: Final = frozenset({"map", "flatMap", "reduce", "reduceRight"})
_CODED: Final = frozenset({"base64", "hex", "base64url", "latin1"})
_CONNECTS: Final = frozenset(
    {
        *("net.Dial", "net.DialTimeout", "net.DialTCP", "net.Dialer.Dial", "net.Dialer.DialContext", "crypto.tls.Dial"),
        *("socket.socket.connect", "socket.create_connection", "net.connect", "net.createConnection", "net.Socket"),
        *("net.Socket.connect", "tls.connect", "asyncio.open_connection", "socket.connect"),
    }
)
_LISTENERS: Final = frozenset(
    {"on", "addEventListener", "addListener", "once", "subscribe", "pSubscribe", "psubscribe"}
)
_OF_THE_LINE: Final = frozenset({"open", "close", "error", "connect", "disconnect", "end", "ping", "pong"})
"""Events of a connection itself, by which nobody says anything."""
_CHANNELS: Final = frozenset({"ws", "socket.io-client", "net", "tls", "websocket"})
_RUNS: Final = frozenset({"command", "argv"})
_RUNNERS: Final = frozenset(
    {"exec", "execSync", "execFile", "execFileSync", "spawn", "spawnSync", "execa", "execaSync", "execaCommand", "$"}
    | {"run", "call", "check_output", "Popen", "popen", "getoutput", "system", "create_subprocess_exec", "Command"}
    | {"create_subprocess_shell", "ProcessBuilder", "Process"}
)
"""Names of functions that run commands."""
_CONTEXTS: Final = frozenset({"allServers", "thisServer"})
"""What a server may ask for beside its own words (MCP, sampling)."""
_SAMPLING: Final = "sampling/createMessage"
_READERS: Final = frozenset(
    {"readFile", "readFileSync", "createReadStream", "read_text", "read_bytes", "open", "readTextFile", "openAsBlob"}
)
_CHOOSERS: Final = frozenset({"filter", "find", "some"})
_SETTINGS: Final = ".env"
_STEP: Final = 2
"""The place of the step among the bounds of a slice."""
_ANSWERS: Final = frozenset({"recv", "recvfrom", "readline", "read", "on", "makefile"})


def connects(name: str) -> bool:
    """Whether a call opens a bare connection."""
    return name in _CONNECTS


def of_files(subject: str, but: str = "") -> Callable[[Scope, Any], int | None]:
    """What tells where a path or a text stands that shows a subject, ``but`` not this one."""

    def origin(scope: Scope, node: Any) -> int | None:
        kind = type(node)
        if kind is ir.Const:
            shown = isinstance(node.value, str) and shows(node.value)
            return node.line if shown and not _own_settings(scope, node) else None
        if kind is ir.Name:
            told = scope.code.told(scope.path).get(node.id)
            shown = told is not None and subject in told and but not in told
            return node.line if shown and node.id not in scope.assigned else None
        if kind is ir.Call and _chosen(scope, subject, node):
            return int(node.line)
        texts = (scope.path_of(node), *scope.by_row.get(id(node), ()))
        return node.line if any(map(shows, texts)) else None

    def shows(text: str) -> bool:
        return says(subject, text) and not (but and says(but, text))

    return origin


_OF_PEOPLE: Final = of_files("personal-folders")


def _personal(scope: Scope, node: Any) -> int | None:
    return None if id(node) in _outer(scope) else _OF_PEOPLE(scope, node)


@once
def _outer(scope: Scope) -> frozenset[int]:
    return outer(scope.of(ir.Binary, ir.Call))


def _own_settings(scope: Scope, const: ir.Const) -> bool:
    """``SettingsConfigDict(env_file=".env")``: where a program's own settings stand, of which it reads its own."""
    return const.value == _SETTINGS and any(
        arg.name == "env_file" and any(each is const for each in nodes.strings(arg.value)) for arg in scope.of(ir.Arg)
    )


def _decoded(scope: Scope, node: Any) -> int | None:
    """Where text is decoded, decompressed, turned round or put together of characters."""
    kind = type(node)
    if kind is ir.Call:
        name = scope.name(node)
        found = says("decoders", name) or _buffer(name, node) or _spelled(scope, name, node) or _by_letter(scope, node)
        return node.line if found else None
    if kind is ir.Index:
        # A step of less than nothing; ``[:-1]`` only leaves off the end.
        steps = node.key.items[_STEP:] if type(node.key) is ir.Group else ()
        return node.line if any(type(each) is ir.Unary and each.op == "-" for each in steps) else None
    return node.line if node.op == "^" else None


def _picks(scope: Scope, element: Any) -> bool:
    """``table[number]``, of a table that is a constant text."""
    return type(element) is ir.Index and scope.constant(element.value) is not None


def _by_letter(scope: Scope, node: ir.Call) -> bool:
    """``codes.map((code) => String.fromCharCode(code))``, also with the function by its name."""
    if nodes.last(node.callee) in _LISTENERS:
        return False  # A listener makes nothing of what it is handed to.
    for arg in node.args:
        if type(arg.value) in {ir.Name, ir.Attr} and says("decoders", scope.name(arg.value)):
            return True
        if type(arg.value) is ir.Name and arg.value.id == "chr":
            return True
        if type(arg.value) is ir.Closure:
            body = scope.module.functions[arg.value.function].body
            if _LETTERS & (_spelled_in(body) | _spelled_within(scope, body)) or (
                _goes_through(node) and any(_each_decoded(scope, body))
            ):
                return True
    return False


def _goes_through(node: ir.Call) -> bool:
    return type(node.callee) is ir.Attr and node.callee.name in _ROUNDS


def _each_decoded(scope: Scope, body: ir.Block) -> Iterator[bool]:
    """``parts.map((part) => Buffer.from(part, "base64"))``."""
    for each in nodes.walk(body):
        if type(each) is ir.Call:
            name = scope.name(each)
            yield says("decoders", name) or _buffer(name, each)


def _spelled_within(scope: Scope, body: ir.Block) -> set[str]:
    """What functions spell that stand in a function."""
    inner = (node.function for node in nodes.walk(body) if type(node) is ir.Closure)
    return {name for each in inner for name in _spelled_in(scope.module.functions[each].body)}


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
    fetches = model is not None and model.source is not None and model.source.kind == "network"
    if not (fetches or name.endswith("urlretrieve") or says("fetchers", name)) or home.stays(scope, node):
        return None
    return int(node.line)


def _received(scope: Scope, node: Any) -> int | None:
    """What comes in over a bare connection, or over one that another machine speaks first on."""
    name = scope.name(node)
    head, _, last = name.rpartition(".")
    if says("talks", name) and not any(says("own-machine", each.value) for each in _texts(node)):
        return int(node.line)
    if last in _ANSWERS and (head in _CONNECTS or head == "socket.socket"):
        return int(node.line)
    event = nodes.text(node.args[0].value) if last in _LISTENERS and node.args else ""
    if event and event not in _OF_THE_LINE and says("talks", head):
        return int(node.line)
    heard = event in {"message", "data", "command"}
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
    name = scope.name(node)
    return node.line if says("captures", name) or (samples(scope, node) and _asks_for_all(scope, node)) else None


def _printed(scope: Scope, node: Any) -> int | None:
    """Where a command prints what a keychain or a client that is logged in keeps."""
    runs = not scope.code.kinds(scope.module.language, scope.name(node)).isdisjoint(_RUNS)
    return node.line if runs and says("credential-commands", scope.command(node)) else None


def _kept(scope: Scope, node: Any) -> int | None:
    """Where a library asks the keychain for what others keep there: whoever puts a secret in as well asks for its own.

    What a helper makes of that is the server's own log-in more often than not.
    """
    if not says("keepers", scope.name(node)):
        return None
    own = any(not _PUTTERS.isdisjoint(each.words) for each in scope.code.scopes)
    return None if own else int(node.line)


def _shown(scope: Scope, node: Any) -> int | None:
    """Where a command prints what was copied, or takes a picture of the screen."""
    runs = not scope.code.kinds(scope.module.language, scope.name(node)).isdisjoint(_RUNS)
    return node.line if runs and any(says("capture-commands", each) for each in scope.lines(node)) else None


def samples(scope: Scope, call: ir.Call) -> bool:
    """Whether a call asks the client's model: by its name, or as a request that is put together."""
    if says("samplers", scope.name(call)):
        return True
    return any(
        nodes.text(entry.key) == "method" and nodes.text(entry.value) == _SAMPLING
        for arg in call.args
        if type(arg.value) is ir.Mapping
        for entry in arg.value.entries
    )


def _asks_for_all(scope: Scope, call: ir.Call) -> bool:
    """Whether a server that samples wants to be told of the whole conversation."""
    given = {arg.name: arg.value for arg in call.args}
    for arg in call.args:
        for each in nodes.walk(arg.value):
            if type(each) is ir.Mapping:
                given |= {nodes.text(entry.key): entry.value for entry in each.entries}
    for name in ("includeContext", "include_context"):
        wanted = given.get(name)
        if (scope.constant(wanted) if wanted is not None else None) in _CONTEXTS:
            return True
        if type(wanted) is ir.Name and any(param.name == wanted.id for param in scope.function.params):
            # A helper that is told how much it shall ask for, and is told so here.
            others = scope.code.of_file(scope.path)
            return any(const.value in _CONTEXTS for other in others for const in other.constants)
    return False


def _file(scope: Scope, node: Any) -> int | None:
    return int(node.line) if scope.name(node).rpartition(".")[2] in _READERS else None


def _chosen(scope: Scope, subject: str, node: ir.Call) -> bool:
    """``names.filter((name) => /pem|key/.test(name))``."""
    if type(node.callee) is not ir.Attr or node.callee.name not in _CHOOSERS:
        return False
    bodies = [scope.module.functions[arg.value.function].body for arg in node.args if type(arg.value) is ir.Closure]
    return any(says(subject, str(each.value)) for body in bodies for each in nodes.strings(body))


_KEEPERS: Final = frozenset(
    {"get_password", "get_credential", "getPassword", "listSecretForAllNamespaces", "list_secret_for_all_namespaces"}
    | {"listNamespacedSecret", "list_namespaced_secret"}
)
_PUTTERS: Final = frozenset({"set_password", "setPassword"})
PATHS: Final = (ir.Const, ir.Name, ir.Call, ir.Binary, ir.Text)
SECRETS: Final = Kind("secret-file", of_files("secret-files", "settings-files"), PATHS, subject="secret-files")
# Of a program's own settings each is read for its own use; what is sent is all of them.
SETTINGS: Final = Kind("settings", of_files("settings-files"), PATHS, members=False, subject="settings-files")
PERSONAL: Final = Kind("personal-file", _personal, PATHS, subject="personal-folders")
FILES: Final = Kind("files", _file, (ir.Call,))
LETTERS: Final = Kind("letters", _loosely, (ir.Call, ir.Index, ir.Binary))
DECODED: Final = Kind("decoded", _decoded, (ir.Call, ir.Index, ir.Binary))
FETCHED: Final = Kind("fetched", _fetched, (ir.Call,))
RECEIVED: Final = Kind("received", _received, (ir.Call,), heard=True)
CAPTURED: Final = Kind("captured", _captured, (ir.Call,), doing=frozenset({"captures", "samplers", "client-requests"}))
PRINTED: Final = Kind("printed", _printed, (ir.Call,), words=_RUNNERS)
KEPT: Final = Kind("kept", _kept, (ir.Call,), through=False, words=_KEEPERS)
SHOWN: Final = Kind("shown", _shown, (ir.Call,), words=_RUNNERS, into_files=True)
