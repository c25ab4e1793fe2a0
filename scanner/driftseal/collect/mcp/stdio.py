"""The stdio transport: a program of this machine, its lines, and the certainty that all of it ends."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from driftseal import canonical
from driftseal.canonical import Parsed
from driftseal.collect.base import Context
from driftseal.collect.mcp import ending, environment, family
from driftseal.collect.mcp.home import Home
from driftseal.collect.mcp.lines import Lines
from driftseal.collect.mcp.redaction import Redaction
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.collect.mcp.stderr import ErrorOutput
from driftseal.collect.mcp.transport import Budget, Received, Transport
from driftseal.errors import FormatError, ProtocolError, TargetError
from driftseal.limits import KIB
from driftseal.model.item import Anomaly, AnomalyKind, Json

_CHUNK: Final = 64 * KIB
_MEMBERS: Final = frozenset({"method", "result", "error"})
"""One of these makes an object a JSON-RPC message."""


class StdioTransport(Transport):
    """One started server: JSON-RPC messages, one a line, on its standard input and output."""

    def __init__(
        self,
        spec: StdioSpec,
        context: Context,
        budget: Budget,
        home: Home,
        *,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.anomalies = []
        self.launch = environment.launch(spec, context, home.path)
        self.errors = ErrorOutput(budget, self._cleaned)
        self._spec = spec
        self._context = context
        self._limits = context.limits
        self._budget = budget
        self._home = home
        self._env = {**self.launch.env, **(extra or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._draining: asyncio.Task[None] | None = None
        self._redaction = Redaction(self.launch.secrets, context.limits)
        self._lines = Lines(context.limits.message_bytes)
        self._ready: deque[bytes | Received] = deque()
        self._noise: list[str] = []
        self._noise_lines = 0

    async def open(self) -> None:
        """See ``Transport.open``."""
        program = self._program()
        # A session of its own, so that the whole group can be ended and no terminal is shared.
        own_group: dict[str, Any] = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        try:
            self._process = await asyncio.create_subprocess_exec(
                program,
                *self.launch.args,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._env,
                cwd=self._spec.cwd or self._context.root,
                limit=_CHUNK,
                **own_group,
            )
        except (OSError, ValueError) as cause:
            reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
            raise TargetError(f"{self._spec.command} cannot be started: {reason}") from cause
        if self._process.stderr is not None:
            self._draining = asyncio.create_task(self.errors.drain(self._process.stderr, self._overrun))

    def _program(self) -> str:
        found = shutil.which(self._spec.command, path=self._env["PATH"])
        if found is None and (self._spec.cwd or self._context.root).joinpath(self._spec.command).is_file():
            found = str((self._spec.cwd or self._context.root) / self._spec.command)
        if found is None:
            raise TargetError(
                f"{self._spec.command} cannot be started: there is no such command",
                hint="install it, or correct the command in the configuration",
            )
        return found

    async def send(self, message: Mapping[str, Json], *, headers: Mapping[str, str] | None = None) -> None:
        """See ``Transport.send``."""
        del headers
        if self._process is None or self._process.stdin is None:
            raise ProtocolError("the server is not running")
        data = json.dumps(message, separators=(",", ":")).encode()
        try:
            self._process.stdin.write(self._home.reveal(data) + b"\n")
            await self._process.stdin.drain()
        except (OSError, RuntimeError) as cause:
            raise ProtocolError(await self._last_words()) from cause

    async def receive(self) -> Received:
        """See ``Transport.receive``. A broken message is a ``FormatError``; other lines are noise and skipped."""
        while True:
            while self._ready:
                waiting = self._ready.popleft()
                if isinstance(waiting, Received):
                    self._budget.count()
                    return waiting
                received = self._read(waiting)
                if received is not None:
                    self._budget.count()
                    return received
            await self._more()

    async def _more(self) -> None:
        if self._process is None or self._process.stdout is None:
            raise ProtocolError("the server is not running")
        chunk = await self._process.stdout.read(_CHUNK)
        if not chunk:
            if rest := self._lines.rest():
                # Some servers leave out the last line feed.
                self._ready.append(rest)
                return
            raise self.errors.refused or ProtocolError(await self._last_words())
        self._budget.spend(len(chunk))
        self._ready.extend(self._lines.feed(chunk))

    def _read(self, line: bytes) -> Received | None:
        line = line.strip()
        if not line:
            return None
        line = self._home.hide(line)
        try:
            parsed = canonical.parse_json(line, "the server's message", self._limits)
        except FormatError:
            # Some programs log objects of their own; only what wants to be a message can be a broken one.
            if line.startswith((b"{", b"[")) and b'"jsonrpc"' in line:
                raise
            self._note(line)
            return None
        if isinstance(parsed.value, list):
            # A batch, as revision 2025-03-26 allowed.
            parsed, line = self._redaction.message(parsed, line)
            for entry in parsed.value if isinstance(parsed.value, list) else []:
                self._ready.append(Received(Parsed(entry, parsed.duplicate_keys), line))
            return None
        if not isinstance(parsed.value, dict) or _MEMBERS.isdisjoint(parsed.value):
            self._note(line)
            return None
        return Received(*self._redaction.message(parsed, line))

    def _cleaned(self, data: bytes) -> str:
        return self._redaction.text(self._home.hide(data).decode("utf-8", "replace"))

    def _note(self, line: bytes) -> None:
        self._noise_lines += 1
        if len(self._noise) < 3:  # noqa: PLR2004 - the first few lines tell what kind of noise it is
            self._noise.append(self._cleaned(line))
        if self._noise_lines > self._limits.noise_lines:
            raise ProtocolError(
                f"more than {self._limits.noise_lines} lines of its output are no messages; this is no MCP server"
            )

    def _overrun(self) -> None:
        if self._process is not None:
            family.end(self._process.pid, forced=True)

    async def _last_words(self) -> str:
        """Why the server is gone, with the end of its error output, which may still be on its way."""
        code: int | None = None
        if self._process is not None:
            await ending.gone(self._process, self._limits.shutdown_seconds)
            code = self._process.returncode
        if self._draining is not None:
            await asyncio.wait([self._draining], timeout=self._limits.shutdown_seconds / 10)
        how = "the server closed its output" if code is None else f"the server ended with exit code {code}"
        said = self.errors.last_words()
        return f"{how}: {said}" if said else how

    async def close(self) -> None:
        """See ``Transport.close``."""
        if self._noise_lines:
            shown = "; ".join(self._noise)
            self.anomalies.append(
                Anomaly(AnomalyKind.STDOUT_NOISE, "", f"{self._noise_lines} lines that are no messages: {shown}")
            )
            self._noise_lines = 0
        if self._process is None:
            return
        process, self._process = self._process, None
        await ending.shielded(self._end(process))

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if await ending.end(process, self._home.path, self._limits.shutdown_seconds):
            detail = "processes that it started went on running after its end"
            self.anomalies.append(Anomaly(AnomalyKind.LEFTOVER_PROCESS, "", detail))
        if self._draining is not None:
            self._draining.cancel()
            await asyncio.wait([self._draining])
        # The transport has no public way to close pipes that a surviving stranger holds open.
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001
