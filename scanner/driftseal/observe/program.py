"""The source of one server, read once: its files lowered and joined, what it declares, and where its data goes."""

from __future__ import annotations

import dataclasses
import gc
import posixpath
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from driftseal.code import batch, front_ends, start_up
from driftseal.code.project import Project
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json
from driftseal.observe import reached
from driftseal.observe.aside import is_aside
from driftseal.observe.built import is_built
from driftseal.records import dataclass

# What follows data and looks for deeds is a third of all modules, and most runs see no source.
if TYPE_CHECKING:
    from driftseal.beside import Beside
    from driftseal.observe.behaviour.base import Facts
    from driftseal.observe.taint.flows import Flows
    from driftseal.observe.tools.declared import Declared, Found

_WORTH: Final = 16 * 1024
"""Bytes of source from which on other processes save more than they take: a fork and a second start of patterns."""
_ROUNDS: Final = 4
"""Files that are reached from files that are reached."""
_LEAST: Final = 0.5
"""Seconds that every look at a server has."""
_METADATA: Final = frozenset({"package.json", "pyproject.toml"})
"""Files that say what runs when a package is installed."""
_READ: Final = frozenset({"description", "title"})
"""Keys of schemas under which a text stands for whoever chooses the tool."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read, or not whole."""

    path: str
    why: str


@dataclass(slots=True)
class Clock:
    """What has been computed for one server so far, so that all that looks at it shares one budget."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what is done inside."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.seconds += time.thread_time() - began

    def left(self, limits: Limits, most: float) -> float:
        """Seconds for one further look; never none at all, so that each sees the beginning at least."""
        return max(min(most, limits.program_seconds - self.seconds), _LEAST)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles meanwhile, nor in what was made.

    One look at all that is known of a project takes a twentieth of the time that it takes to find out, and frees next
    to nothing. Steps bound how much there is of it.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.freeze()
            gc.enable()


@dataclasses.dataclass(frozen=True)
class Program:
    """Everything that is known of one server's source."""

    project: Project
    limits: Limits
    unread: tuple[Unread, ...] = ()
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    metadata: Mapping[str, Json] = field(default_factory=dict, repr=False)
    """What package.json and pyproject.toml hold, by path."""
    aside: int = 0
    """Files that could be read and are left aside: tests, documentation, dependencies."""
    late: int = 0
    """Files for which no time was left."""
    clock: Clock = field(default_factory=Clock, repr=False, compare=False)

    @cached_property
    def found(self) -> Found:
        """What the source declares."""
        from driftseal.observe.tools import manifest

        with self.clock.running():
            return manifest.find(self.project)

    @cached_property
    def declared(self) -> Mapping[str, Declared]:
        """Tools, prompts and resources by item key; of several under one, the source before what was built from it.

        A repository of several servers has tools of one name that run different functions. The first has the plain
        key, the others say in theirs where they stand; so does what was built if it says what its source does not.
        """
        return self._sides[0]

    @cached_property
    def _sides(self) -> tuple[Mapping[str, Declared], tuple[tuple[str, Declared], ...]]:
        """What is `declared`, and by the same keys what was built from it and runs other functions."""
        chosen: dict[str, Declared] = {}
        built: list[tuple[str, Declared]] = []
        handlers: dict[str, set[object]] = {}
        said: dict[str, set[str]] = {}
        for one in sorted(self.found.declared, key=lambda one: (is_built(one.path), one.handler is None)):
            key = f"{one.kind}:{one.name}"
            known, texts = handlers.setdefault(key, set()), said.setdefault(key, set())
            runs_other = one.handler is not None and one.handler not in known
            # Who publishes a package builds it, too, and need not do so from the source that lies beside.
            says_other = is_built(one.path) and not texts.issuperset(_texts(one))
            # Of what is built alone, lists and languages say one thing several times.
            beside = key in chosen and not is_built(chosen[key].path) and one.description is not None
            if key not in chosen:
                chosen[key] = one
            elif (runs_other and not is_built(one.path)) or (says_other and (runs_other or beside)):
                place = f"{key} in {one.path}"
                chosen.setdefault(place if place not in chosen else f"{place} ({len(known)})", one)
            elif runs_other:
                built.append((key, one))
            known.add(one.handler)
            texts.update(_texts(one))
        return chosen, tuple(built)

    @cached_property
    def flows(self) -> Flows:
        """Where data of the tools' callers, of files, of the network and of the environment goes."""
        from driftseal.observe.taint import models
        from driftseal.observe.taint.flows import Entry, analyse

        entries = [
            Entry(handles.function, key, () if handles.fields else handles.parameters, one.name)
            for key, one in (*self.declared.items(), *self._sides[1])
            for handles in (one.handles, one.around)
            if handles is not None and handles.function is not None and one.kind is not ItemKind.RESOURCE
        ]
        languages = {module.language for module in self.project.modules.values()}
        known = {name: models.load(name) for name in sorted(languages)}
        left = self.clock.left(self.limits, self.limits.taint_seconds)
        with self.clock.running(), _uncollected():
            return analyse(self.project, entries, known, replace(self.limits, taint_seconds=left))

    @cached_property
    def facts(self) -> Facts:
        """What the code does to people, apart from where data of callers goes. See `ahead`."""
        from driftseal.observe.behaviour import base

        begun: Beside | None = vars(self).get("_beside")
        given = begun.result(self.limits.program_seconds) if begun is not None else None
        if given is not None:
            return base.told(given)
        left = self.clock.left(self.limits, self.limits.behaviour_seconds)
        with self.clock.running():
            return self._look(left)

    def _look(self, seconds: float, kept: list[object] | None = None) -> Facts:
        # Imported where it is done: four score modules, which the other process has for itself.
        from driftseal.observe.behaviour import families

        return families.look(self.project, self.metadata, replace(self.limits, behaviour_seconds=seconds), kept)

    @cached_property
    def unparsed(self) -> bool:
        """Whether tools get what clients send as it came."""
        from driftseal.observe import parsed

        with self.clock.running():
            return parsed.by_nobody(self.project)

    @property
    def large(self) -> bool:
        """Whether there is enough to do for another process to take a part of it."""
        return self.size >= _WORTH

    @property
    def size(self) -> int:
        """Bytes of all source."""
        return sum(map(len, self.sources.values()))

    def ahead(self) -> None:
        """Let another process look for what `facts` tells, if there is enough to do, while other things are done here.

        Whoever does not ask for them after all has to `leave`.
        """
        _ = self._beside

    def leave(self) -> None:
        """End what `ahead` began."""
        begun: Beside | None = vars(self).pop("_beside", None)
        if begun is not None:
            begun.data(0.0)

    @cached_property
    def _beside(self) -> Beside | None:
        from driftseal import beside
        from driftseal.observe.behaviour import base

        if not self.large:
            return None
        left = self.clock.left(self.limits, self.limits.behaviour_seconds)
        kept: list[object] = []
        return beside.begin(lambda: base.tell(self._look(left, kept)))

    def line(self, path: str, number: int) -> str:
        """One line of a file as it stands, without the blanks around it."""
        lines = self.sources.get(path, b"").split(b"\n", number)
        text = lines[number - 1] if 0 < number <= len(lines) else b""
        return text.decode("utf-8", "replace").strip()


def read(
    members: Iterable[tuple[str, bytes]],
    limits: Limits,
    *,
    always: frozenset[str] = frozenset(),
    texts: Callable[[str], bytes | None] | None = None,
) -> Program:
    """Lower the files of one server. Those of tests and dependencies are left aside; nothing is ever run.

    ``always`` are files that are read wherever they lie, since something is known to run them. ``texts`` gives those
    beside the code by path: what it loads or runs is read as well, and what it reads is told with its tools.
    """
    sources: dict[str, bytes] = {}
    scripts: dict[str, str] = {}
    unread: list[Unread] = []
    metadata: dict[str, Json] = {}
    left, aside = limits.code_bytes, 0
    for path, data in members:
        if is_aside(path) and path not in always:
            aside += is_read(path)
            continue
        if posixpath.basename(path) in _METADATA and len(metadata) < limits.code_files:
            try:
                metadata[path] = document.read(data, path, limits).value
            except TargetError as cause:
                unread.append(Unread(path, str(cause)))
        code = start_up.code(data) if path.endswith(start_up.ENDING) else data
        if reached.is_start(path):
            scripts[path] = "shell"
        elif not (code if code is not data else front_ends.language(path)):
            continue
        left -= len(code)
        if len(code) > limits.code_file_bytes:
            unread.append(Unread(path, f"larger than {limits.code_file_bytes} bytes (limits.code_file_bytes)"))
        elif left < 0 or len(sources) >= limits.code_files:
            unread.append(
                Unread(path, "the project holds more code than is read (limits.code_bytes, limits.code_files)")
            )
            break
        else:
            sources[path] = code
    lowered = batch.lower(sources, limits, scripts)
    unread += _cut_short(lowered, sources)
    project, clock = Project(lowered.modules, texts), Clock(lowered.seconds)
    if texts is not None:
        with clock.running():
            project, more = _with_reached(project, sources, metadata, texts, limits, max(left, 0))
            unread += more
    return Program(project, limits, tuple(unread), sources, metadata, aside, len(lowered.late), clock)


def _with_reached(
    project: Project,
    sources: dict[str, bytes],
    metadata: Mapping[str, Json],
    beside: Callable[[str], bytes | None],
    limits: Limits,
    most: int,
) -> tuple[Project, list[Unread]]:
    """The project with the files that it loads or starts although they were left aside; these load others in turn.

    ``most`` is how many bytes they may have. What could not be read of them is told.
    """
    search = reached.Search(beside, sources, most)
    unread: list[Unread] = []
    new = [*search.of_package(metadata), *search.of_code(project, sources)]
    seconds = limits.code_seconds
    for _ in range(_ROUNDS):
        if not new:
            break
        data = {one.path: one.data for one in new}
        languages = {one.path: one.language for one in new}
        lowered = batch.lower(data, replace(limits, code_seconds=max(seconds, _LEAST)), languages)
        seconds -= lowered.seconds
        sources.update(data)
        unread += _cut_short(lowered, data)
        project = Project({**project.modules, **lowered.modules}, project.texts)
        new = [*search.of_code(Project(lowered.modules, project.texts), sources)]
    late = search.late or next((one.path for one in new), "")
    if late:
        unread.append(Unread(late, "the code loads or runs more files than are looked for"))
    return project, unread


def _cut_short(lowered: batch.Batch, sources: Mapping[str, bytes]) -> Iterator[Unread]:
    """Files that were not lowered, or not whole, for want of time."""
    for path, module in lowered.modules.items():
        if not module.complete:
            part = 100 * module.reached // max(len(sources[path]), 1)
            read = f"first {part} % were" if module.reached >= 0 else "beginning was"
            yield Unread(path, f"only its {read} read (limits.code_nodes, limits.code_seconds)")
    if lowered.late:
        more = f" nor for {len(lowered.late) - 1} more files" if len(lowered.late) > 1 else ""
        yield Unread(lowered.late[0], f"no time was left to read it{more} (limits.code_seconds)")


def is_read(path: str) -> bool:
    """Whether `read` takes a file of this name."""
    known = posixpath.basename(path) in _METADATA or path.endswith(start_up.ENDING)
    return known or front_ends.language(path) is not None or reached.is_start(path)


def _texts(one: Declared) -> Iterator[str]:
    """What a model reads of a tool, without the blanks around and between words."""
    stack: list[object] = [one.description, one.title, one.schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [part for key, part in value.items() if key in _READ or isinstance(part, (dict, list))]
        elif isinstance(value, list):
            stack += [part for part in value if isinstance(part, (dict, list))]
        elif isinstance(value, str):
            yield " ".join(value.split())
