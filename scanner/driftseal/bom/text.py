"""The bill of materials for people at a terminal: a tree of what there is, where it was found and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from driftseal.bom import _outline
from driftseal.bom._outline import Outline, Part
from driftseal.bom._paper import FAINT, GOOD, STRONG, WARNING, WORST, Paper, Words
from driftseal.bom.base import BomFormat
from driftseal.model.bom import Bom, Component, Service

if TYPE_CHECKING:
    from rich.tree import Tree

_SURE: Final = 1.0
_PINNED: Final = ("driftseal:mcp:pinned", "driftseal:model:pinned", "driftseal:package:pinned")
_TOLD: Final = (
    "driftseal:mcp:transport",
    "driftseal:mcp:command",
    "driftseal:model:provider",
    "driftseal:package:ecosystem",
    "driftseal:package:role",
)
"""Properties that people ask for first."""


class Text(BomFormat):
    """See `BomFormat`. The whole, then its servers with what they give and need, then everything else by kind."""

    name = "text"
    versions = ("",)

    def render(self, bom: Bom) -> str:
        """See `BomFormat.render`."""
        outline, paper = Outline(bom), Paper(self.view)
        tree = paper.tree([(bom.root.name, STRONG), (f"  driftseal {bom.tool_version}, {bom.timestamp}", FAINT)])
        branches = _Branches(outline, paper)
        for title, parts in outline.grouped():
            # What a server gives is told below it.
            told = [part for part in parts if part.kind not in _outline.OF_SERVERS or part.ref not in outline.given]
            if told:
                heading = paper.branch(tree, [(title, STRONG), (f" {len(told)}", FAINT)])
                branches.parts(heading, told)
        branches.gaps(tree)
        return paper.text(tree) + "".join(f"{line}\n" for line in _closing(outline, paper))


class _Branches:
    """What hangs on the headings."""

    def __init__(self, outline: Outline, paper: Paper) -> None:
        self._outline = outline
        self._paper = paper
        self._most = paper.view.limits.tree_branches

    def parts(self, heading: Tree, parts: list[Part]) -> None:
        """A branch for each part, with what it gives, needs and is put together from."""
        for part in parts[: self._most]:
            branch = self._paper.branch(heading, self._headline(part))
            self._paper.branch(branch, [(line, FAINT) for line in [_where(part)] if line])
            self._about(branch, part)
            self._links(branch, "gives", self._outline.gives.get(part.ref, ()))
            inner = {one.ref for one in part.parts} if isinstance(part, Component) else set()
            self._links(branch, "holds", sorted(inner))
            needed = [ref for ref in self._outline.needs.get(part.ref, ()) if ref not in inner]
            self._links(branch, "needs", needed)
        self._paper.more(heading, len(parts) - self._most)

    def gaps(self, tree: Tree) -> None:
        """What could not be looked at."""
        unseen = self._outline.bom.unseen
        if unseen:
            heading = self._paper.branch(tree, [("Not looked at", WARNING), (f" {len(unseen)}", FAINT)])
            for gap in unseen[: self._most]:
                self._paper.branch(heading, [(gap.what, WARNING), f": {gap.why}"])
            self._paper.more(heading, len(unseen) - self._most)

    def _links(self, branch: Tree, verb: str, refs: Iterable[str]) -> None:
        told = [self._outline.parts[ref] for ref in refs if ref in self._outline.parts]
        for part in told[: self._most]:
            self._paper.branch(
                branch, [(f"{verb} {_outline.kind_of(part)} ", FAINT), *self._headline(part, brief=True)]
            )
        self._paper.more(branch, len(told) - self._most)

    def _about(self, branch: Tree, part: Part) -> None:
        told = [part.properties[name] for name in _TOLD if part.properties.get(name)]
        told += [*part.endpoints] if isinstance(part, Service) else []
        if told:
            self._paper.branch(branch, [(", ".join(told), FAINT)])
        for why in self._outline.gaps.get(part.ref, ())[: self._most]:
            self._paper.branch(branch, [("not seen: ", WARNING), why])
        for remark in self._outline.remarks.get(part.ref, ())[: self._most]:
            self._paper.branch(branch, [("remark: ", WARNING), remark.text])

    def _headline(self, part: Part, *, brief: bool = False) -> Iterator[Words]:
        yield (_outline.full_name(part), "" if brief else STRONG)
        if part.version:
            yield (f" {part.version}", GOOD)
        if _is_loose(part):
            yield ("  not pinned", WARNING)
        found = [one for one in self._outline.findings.get(part.ref, ()) if not one.accepted]
        if found:
            yield (f"  {_outline.counted(len(found), 'finding')}: {found[0].id}", WORST)
        if brief:
            return
        if isinstance(part, Component) and part.external:
            yield ("  answers over a network", FAINT)
        if licence := _outline.licences(part):
            yield (f"  {licence}", FAINT)
        state = self._outline.states.get(part.ref, "")
        if state:
            yield (f"  {_STATES.get(state, state)}", GOOD if state == "complete" else WARNING)


_STATES: Final = {"complete": "read whole", "incomplete": "incomplete", "unknown": "only its configuration was read"}


def _is_loose(part: Part) -> bool:
    return any(part.properties.get(name) == "false" for name in _PINNED)


def _where(part: Part) -> str:
    """The surest place of a part, how it was found, how many more there are, and how sure it is."""
    found = sorted((at for at in part.evidence if at.uri), key=lambda at: (-at.confidence, at.uri, at.line))
    sure = _outline.sureness(part)
    doubt = f", {sure:.0%} sure" if sure < _SURE else ""
    if not found:
        target = _outline.target(part)
        return f"target {target}{doubt}" if target else f"no file tells it{doubt}" if part.evidence else ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    how = f", {found[0].technique}" if found[0].technique else ""
    return f"at {_outline.place(found[0])}{more}{how}{doubt}"


def _closing(outline: Outline, paper: Paper) -> Iterator[str]:
    bom = outline.bom
    services = len(bom.services)
    yield ""
    told = [(len(outline.parts) - services, "component"), (services, "service")]
    told += [(len(bom.vulnerabilities), "finding"), (len(bom.unseen), "gap")]
    yield paper.said(", ".join(_outline.counted(number, noun) for number, noun in told if number))
    if paper.left_out:
        yield paper.said(f"{paper.left_out} entries are left out here; -f cyclonedx and -f html have them all")
