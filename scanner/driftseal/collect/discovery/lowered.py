"""Files are lowered once in a run: what the source of a server was lowered to serves those who list parts of AI too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from driftseal.code import batch, ir
from driftseal.limits import Limits

if TYPE_CHECKING:
    from driftseal.observe.program import Program


class Lowered:
    """What earlier collectors of a run have lowered, which is held until its end in any case."""

    def __init__(self, programs: Iterable[Program] = ()) -> None:
        self._known: dict[str, list[tuple[bytes, ir.Module]]] = {}
        for program in programs:
            for path, module in program.project.modules.items():
                # A file that was cut short for want of time may be lowered whole now.
                if module.complete:
                    self._known.setdefault(path, []).append((program.sources[path], module))

    def lower(self, files: Mapping[str, bytes], limits: Limits) -> batch.Batch:
        """See ``batch.lower``. Only what nobody has lowered takes any time.

        A module knows its path, so that only the same bytes at the same place are the same module.
        """
        same = {path: module for path, data in files.items() if (module := self._same(path, data)) is not None}
        fresh = batch.lower({path: data for path, data in files.items() if path not in same}, limits)
        modules = {
            path: same.get(path) or fresh.modules[path] for path in files if path in same or path in fresh.modules
        }
        return batch.Batch(modules, fresh.late, fresh.seconds)

    def _same(self, path: str, data: bytes) -> ir.Module | None:
        return next((module for known, module in self._known.get(path, ()) if known == data), None)
