"""``stdio:COMMAND…``, or ``-- COMMAND ARG…``: an MCP server that the user starts by naming its command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.collect.base import Collector, Context
from driftseal.errors import TargetError
from driftseal.model.snapshot import Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.mcp.spec import StdioSpec

_PREFIX: Final = "stdio:"


class StdioCollector(Collector):
    """One server, started because it was named on the command line."""

    name: ClassVar[str] = "mcp_stdio"
    form: ClassVar[str] = "stdio:COMMAND (or -- COMMAND ARG…)"
    asks: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._specs: dict[str, StdioSpec] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.startswith(_PREFIX)

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``."""
        from driftseal.collect.mcp import secrets
        from driftseal.collect.mcp.spec import StdioSpec

        try:
            words = shlex.split(reference.removeprefix(_PREFIX), posix=self.context.platform != "win32")
        except ValueError as cause:
            raise TargetError(f"{_PREFIX} the command cannot be split: {cause}", hint="close the quote") from cause
        if not words:
            raise TargetError(f"{_PREFIX} names no command", hint="write the command after it: stdio:npx NAME")
        spec = StdioSpec(words[0], tuple(words[1:]), named=True)
        name = program(spec)
        identity = _PREFIX + name
        count = 1
        while self._specs.get(identity, spec) != spec:
            # The same program with other arguments is another server, as far as one run goes.
            count += 1
            identity = f"{_PREFIX}{name}#{count}"
        self._specs[identity] = spec
        shown = _PREFIX + shlex.join((spec.command, *secrets.hide_arguments(spec.args)))
        yield Target(self.name, shown, name, identity)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        from driftseal.collect.clients.items import items
        from driftseal.collect.clients.launch import understand
        from driftseal.collect.mcp.ask import Asked, ask

        servers = []
        for target in targets:
            spec = self._specs[target.identity]
            facts = understand({"command": spec.command, "args": list(spec.args)})
            told = items(facts, uri=target.reference, pointer="", line=lambda _: 0)
            servers.append(Asked(target, spec, tuple(told)))
        return ask(servers, self.context)


def program(spec: StdioSpec) -> str:
    """What a command runs, without version and arguments: the package of a runner, the script of an interpreter."""
    from driftseal.collect.mcp import packages

    package = packages.wanted(spec.command, spec.args)
    if package is not None:
        return package.name
    command = PurePath(spec.command).name
    for index, argument in enumerate(spec.args):
        if argument == "-m" and index + 1 < len(spec.args):
            return spec.args[index + 1]
        if not argument.startswith("-") and PurePath(argument).suffix in _SCRIPTS:
            return _script(PurePath(argument))
    return command


_SCRIPTS: Final = frozenset({".py", ".js", ".mjs", ".cjs", ".ts", ".jar"})


def _script(path: PurePath) -> str:
    """An installed script is told by its npm package, any other by its name and the folder that holds it."""
    parts = path.parts
    if "node_modules" in parts:
        below = parts[len(parts) - parts[::-1].index("node_modules") :]
        return "/".join(below[: 2 if below[0].startswith("@") else 1])
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-2] not in {"/", ".", ".."} else path.name
