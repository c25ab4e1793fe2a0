"""Configurations of AI clients: every MCP server that one user's or one project's clients would load.

``machine`` looks at the user's own files, a folder is searched for those of projects, a file is read by its
name or its shape, and ``path#server`` is one server of it. Without consent nothing is started or contacted.

A target's session is ``client:user`` for what a client loads everywhere, and ``client:<project>`` for what it
loads in one project, where ``<project>`` is the folder as a person would type it; whoever builds sessions adds
the former to each of the latter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import ClassVar, Final

from driftseal import snapshot
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import known, paths, read, table, walk
from driftseal.collect.clients.server import Server
from driftseal.collect.clients.shapes import Odd
from driftseal.collect.mcp.spec import HttpSpec, ServerSpec, StdioSpec
from driftseal.errors import LimitExceeded, TargetError
from driftseal.model.item import Anomaly, Gap, Item
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

_MACHINE: Final = "machine"
_MARK: Final = "#"
_ASKED: Final = frozenset({"stdio", "http", "sse"})
"""Transports that we speak."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A target with what was read of it."""

    target: Target
    things: tuple[Item | Gap | Anomaly, ...]
    spec: ServerSpec | None = field(default=None, repr=False)
    transport: str = ""
    is_server: bool = False
    """Else it is what is wrong with a file or a folder."""


class ClientConfigCollector(Collector):
    """Configured servers."""

    name: ClassVar[str] = "client_config"
    form: ClassVar[str] = "a project folder, a client's configuration, CONFIGURATION#SERVER, or machine"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, _Known] = {}
        self._owners: dict[str, tuple[str, str]] = {}
        """File and pointer behind each identity and each reference that was given out."""

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        if reference == _MACHINE:
            return True
        if reference == "-" or "://" in reference:
            return False
        path, _ = self._split(reference)
        if paths.is_folder(path):
            from driftseal.collect.manifest import ManifestCollector

            return not ManifestCollector(self.context).is_set(reference)
        return paths.is_file(path) and known.is_configuration(path, self.context)

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``.

        Raises:
            TargetError: no such server in the configuration.
            LimitExceeded: the folder holds more entries than ``limits.files``.
        """
        for thing in self._find(reference):
            self._known[thing.target.identity] = thing
            yield thing.target

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        asked: list[_Known] = []
        for target in targets:
            thing = self._known[target.identity]
            if thing.spec is not None and target.enabled and self._may_ask(thing.spec):
                asked.append(thing)
            else:
                yield self._static(thing)
        yield from self._ask(asked)

    def _ask(self, things: Sequence[_Known]) -> Iterator[Snapshot]:
        """Live looks, each merged with what the configuration says."""
        if not things:
            return
        from driftseal.collect.mcp import permissions
        from driftseal.collect.mcp.ask import Asked, ask

        remote = {
            thing.target.identity: (thing.target.reference, thing.spec)
            for thing in things
            if isinstance(thing.spec, HttpSpec)
        }
        scopes = dict(zip(remote, permissions.find(list(remote.values()), self.context), strict=True))
        yield from ask(
            [
                Asked(thing.target, thing.spec, (*thing.things, *scopes.get(thing.target.identity, ())))
                for thing in things
                if thing.spec is not None
            ],
            self.context,
        )

    def _may_ask(self, spec: ServerSpec) -> bool:
        consent = self.context.consent
        return consent.start if isinstance(spec, StdioSpec) else consent.connect

    def _static(self, thing: _Known) -> Snapshot:
        things = list(thing.things)
        consent = self.context.consent
        if thing.spec is None and thing.is_server and thing.target.enabled and (consent.start or consent.connect):
            why = "it names no command and no URL that can be asked"
            if thing.transport and thing.transport not in _ASKED:
                why = f"its transport {thing.transport!r} cannot be asked; only stdio, http and sse can"
            things.append(Gap(thing.target.reference, thing.target.name, why))
        return snapshot.take(thing.target, things, origin=Origin.STATIC, collected_at=self.context.now)

    # --- finding -----------------------------------------------------------------------------

    def _split(self, reference: str) -> tuple[Path, str]:
        """The file and the server of a reference; a path that holds the mark itself counts first."""
        whole = paths.absolute(Path(reference), self.context)
        at = reference.find(_MARK)
        while at >= 0 and not (paths.is_file(whole) or paths.is_folder(whole)):
            path = paths.absolute(Path(reference[:at]), self.context)
            if paths.is_file(path):
                return path, reference[at + 1 :]
            at = reference.find(_MARK, at + 1)
        return whole, ""

    def _find(self, reference: str) -> Iterator[_Known]:
        if reference == _MACHINE:
            yield from self._machine()
            return
        path, wanted = self._split(reference)
        if paths.is_folder(path):
            yield from self._project(path)
            return
        place = known.place_of(path, self.context)
        if place is None:
            raise TargetError(f"{reference}: no client's configuration", hint="name a file that lists MCP servers")
        found = list(self._file(walk.Found(path, place[0], place[1]), self._anchor(place[1])))
        if not wanted:
            yield from found
            return
        chosen = [thing for thing in found if wanted in (thing.target.name, thing.target.reference.partition(_MARK)[2])]
        if not chosen:
            # Where the file cannot be read, that is what is wrong, not the name.
            chosen = [thing for thing in found if not thing.is_server and any(isinstance(a, Gap) for a in thing.things)]
        if not chosen:
            names = ", ".join(sorted(thing.target.name for thing in found if thing.is_server)) or "none"
            raise TargetError(f"{reference}: no server {wanted!r} in it", hint=f"there are: {names}")
        yield from chosen

    def _machine(self) -> Iterator[_Known]:
        seen: set[Path] = set()
        for place in table.load().machine:
            for path in paths.machine(place, self.context):
                if path not in seen:
                    seen.add(path)
                    yield from self._file(walk.Found(path, place, path.parent), None)

    def _project(self, folder: Path) -> Iterator[_Known]:
        anchor = self._anchor(folder)
        gaps: list[Gap] = []
        shown = paths.shown(folder, self.context)
        try:
            for thing in walk.walk(folder, table.load().project, self.context.limits):
                if isinstance(thing, walk.Unseen):
                    gaps.append(Gap(shown, paths.shown(thing.path, self.context), thing.why))
                elif not self._is_sample(thing.path.relative_to(folder)):
                    yield from self._file(thing, anchor)
        except LimitExceeded as cause:
            gaps.append(Gap(shown, shown, read.failure(cause)))
        if gaps:
            yield self._issue(
                (str(folder), "walk"), Target(self.name, shown, folder.name or shown, f"project/{shown}"), gaps
            )

    def _is_sample(self, path: Path) -> bool:
        """Whether a list of what there is leaves a configuration out, since only tests read it."""
        if self.context.discover is None:
            return False
        from driftseal.collect.discovery.walk import is_sample
        from driftseal.observe import aside

        return is_sample(path.as_posix()) and aside.is_aside(path.as_posix())

    def _anchor(self, folder: Path) -> Path:
        """What project paths in identities are relative to: the checkout's root, else the working directory.

        The checkout that we stand in counts before one that the scanned tree claims to be.
        """
        root = self.context.root
        ours = _checkout(root)
        if ours is not None and folder.is_relative_to(ours):
            return ours
        if folder.is_relative_to(root):
            return root
        return _checkout(folder) or folder

    # --- one file ----------------------------------------------------------------------------

    def _file(self, found: walk.Found, anchor: Path | None) -> Iterator[_Known]:
        place, path = found.place, found.path
        uri = paths.shown(path, self.context)
        lasting = paths.lasting(path, self.context)
        if anchor is not None and path.is_relative_to(anchor):
            lasting = path.relative_to(anchor).as_posix()
        target = Target(
            self.name, uri, path.name, f"{place.client}/{place.scope}/{lasting}", self._session(found, anchor)
        )
        try:
            file = read.load(path, place, uri, found.project, self.context)
            if file is None:
                return
        except TargetError as cause:
            yield self._issue((str(path), ""), target, [Gap(uri, uri, read.failure(cause))])
            return
        if place.needs and not known.holds_servers(file.document.value, place):
            return
        about: list[Item | Gap | Anomaly] = list(read.about_file(file, place))
        most = self.context.limits.items
        for number, thing in enumerate(read.servers(file, place, self.context)):
            if number >= most:
                about.append(Gap(uri, uri, f"{uri}: more than {most} servers; raise limits.items if they are meant"))
                break
            if isinstance(thing, Odd):
                why = "stands among the servers and is no object; write it as one, or remove it"
                about.append(Gap(uri, f"{uri}{_MARK}{thing.name}", why))
            else:
                yield self._server(thing, found, target)
        for further in read.referred(file, place):
            yield from self._referred(further, found, anchor, about, uri)
        if about:
            yield self._issue((str(path), ""), target, about)

    def _referred(
        self, further: str, found: walk.Found, anchor: Path | None, about: list[Item | Gap | Anomaly], uri: str
    ) -> Iterator[_Known]:
        """A file that a plugin's manifest names; one outside the plugin is told, not read."""
        plugin = found.path.parent.parent if found.path.parent.name.startswith(".") else found.path.parent
        named = further.replace("${CLAUDE_PLUGIN_ROOT}", ".").lstrip("/")
        path = Path(paths.absolute(plugin / named, self.context))
        if not read.inside(path, plugin):
            about.append(Gap(uri, further, "a path that leads out of the plugin; it is not followed"))
        elif path.name != ".mcp.json":
            # One of that name is found by itself.
            place = replace(found.place, roots=("mcpServers",), flat=True, shape=table.SERVERS, approvals=())
            yield from self._file(walk.Found(path, place, found.project), anchor)

    def _session(self, found: walk.Found, anchor: Path | None) -> str:
        client = found.place.client
        return f"{client}:user" if anchor is None else f"{client}:{paths.shown(found.project, self.context)}"

    def _server(self, server: Server, found: walk.Found, file: Target) -> _Known:
        reference, identity, session = file.reference, file.identity, file.session
        if server.project:
            project = paths.shown(Path(server.project), self.context)
            reference, identity = (
                f"{reference}{_MARK}{project}",
                f"{identity}/{paths.lasting(Path(server.project), self.context)}",
            )
            identity = identity.replace(f"/{found.place.scope}/", "/local/", 1)
            session = f"{found.place.client}:{project}"
        target = Target(
            self.name,
            f"{reference}{_MARK}{server.name}",
            server.name,
            f"{identity}/{server.name}",
            session,
            server.enabled,
        )
        return self._issue((str(found.path), server.pointer), target, server.things, server)

    def _issue(
        self,
        key: tuple[str, str],
        target: Target,
        things: Sequence[Item | Gap | Anomaly],
        server: Server | None = None,
    ) -> _Known:
        """The target, unlike any other of this run: a second server of one name is not the first."""
        identity, reference, number = target.identity, target.reference, 1
        while not self._is_free(identity, key) or not self._is_free(reference, key):
            number += 1
            identity, reference = f"{target.identity}#{number}", f"{target.reference}#{number}"
        self._owners[identity] = self._owners[reference] = key
        named = replace(target, identity=identity, reference=reference)
        if server is None:
            return _Known(named, tuple(things))
        return _Known(named, tuple(things), server.spec, server.transport, is_server=True)

    def _is_free(self, name: str, key: tuple[str, str]) -> bool:
        return self._owners.get(name, key) == key


def _checkout(folder: Path) -> Path | None:
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)
