"""``rules test``: every rule must match its own positive examples and none of its negative ones.

An example's ``input`` is what a server shows (``tools``, ``prompts``, ``resources``, ``resource_templates``,
``instructions``, ``server``), several servers in one session (``servers: {name: surface}``), the content of a
``launch``, ``permission``, ``model`` or ``model-file`` item or of a text (``skill``, ``agent``, ``prompt-file``,
``source-file``, ``tool-result``), several ``permissions``, an ``anomaly``, the ``source`` of a server (files by
path), beside which ``live`` may hold what that server shows when it runs, a ``file`` of a model (its ``name``, and
its ``bytes`` or ``text``), or, for rules on drift, two surfaces ``old`` and ``new``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from driftseal import plugins
from driftseal.compare.diff import diff
from driftseal.compare.judge import judge
from driftseal.detect.base import Detector
from driftseal.errors import RuleError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.finding import Match
from driftseal.model.item import Anomaly, AnomalyKind, Gap, Item, ItemKind, Json
from driftseal.model.rule import Rule, Sample
from driftseal.model.snapshot import Origin, Session, Snapshot
from driftseal.model.target import Target
from driftseal.observe.observations import Observations
from driftseal.pipeline import _sample_files
from driftseal.pipeline.judging import introduced
from driftseal.rulebook import Rulebook
from driftseal.snapshot import make_item, take

if TYPE_CHECKING:
    from driftseal.observe.files.base import Reading
    from driftseal.observe.program import Program

DRIFT: Final = "drift"
"""What rules on changes name as their detector; ``compare`` looks for them."""
_SURFACE: Final = frozenset({"tools", "prompts", "resources", "resource_templates", "instructions"})
_TEXTS: Final = (ItemKind.SKILL, ItemKind.AGENT, ItemKind.PROMPT_FILE, ItemKind.SOURCE_FILE, ItemKind.TOOL_RESULT)
_SINGLE: Final = {
    "server": ItemKind.SERVER,
    "launch": ItemKind.LAUNCH,
    "permission": ItemKind.PERMISSION,
    "model": ItemKind.MODEL,
    "model-file": ItemKind.MODEL_FILE,
    **{str(kind): kind for kind in _TEXTS},
}
_NAMED: Final = {"permissions": ItemKind.PERMISSION, "credentials": ItemKind.CREDENTIAL}
_SPELLED: Final = {"resource_templates": "resourceTemplates"}
_DAY: Final = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class SampleResult:
    """Whether one example does what its rule says."""

    rule: Rule
    sample: Sample
    positive: bool
    """It stands under ``positives``."""
    matched: bool

    @property
    def passed(self) -> bool:
        """Positives match, negatives do not."""
        return self.matched == self.positive


def run(rules: Sequence[Rule], limits: Limits) -> Iterator[SampleResult]:
    """Try every example of rules that were loaded with ``rulebook.samples``.

    Raises:
        RuleError: an example's input has no known shape, or no detector has the name that a rule gives.
    """
    detectors: dict[str, Detector] = {}
    for rule in rules:
        if rule.detector != DRIFT and rule.detector not in detectors:
            detectors[rule.detector] = _detector(rule)
    for rule in rules:
        for positive, samples in ((True, rule.positives), (False, rule.negatives)):
            for sample in samples:
                if rule.detector == DRIFT:
                    matched = _drifts(rule, sample, rules, limits)
                else:
                    matched = any(_matches(detectors[rule.detector], rule, sample, limits))
                yield SampleResult(rule, sample, positive, matched)


def _detector(rule: Rule) -> Detector:
    if rule.detector not in plugins.names("detect"):
        raise RuleError(
            f"{rule.source}: no detector {rule.detector!r}", hint=f"there are: {', '.join(plugins.names('detect'))}"
        )
    return plugins.load("detect", rule.detector, Detector)()  # type: ignore[type-abstract]  # its concrete subclass is made


def _matches(detector: Detector, rule: Rule, sample: Sample, limits: Limits) -> Iterator[Match]:
    programs: Mapping[str, Program] = {}
    readings: Mapping[str, Mapping[str, Reading]] = {}
    source, file, files = (sample.input.get(word) for word in ("source", "file", "files"))
    if isinstance(source, dict):
        session, programs = _program(rule, source, limits)
        if "live" in sample.input:
            live = _surface(rule, sample.input["live"], "live")
            session = Session(session.name, (*session.snapshots, live))
    elif isinstance(file, dict) or isinstance(files, list):
        given = files if isinstance(files, list) else [file]
        session, readings = _sample_files.session(rule, given, limits)
    else:
        session = Session("example", tuple(_snapshots(rule, sample.input)))
    for match in detector.detect((session,), Observations((session,), limits, programs, readings), (rule,)):
        if match.rule_id == rule.id:
            yield match


def _program(rule: Rule, source: Mapping[str, Json], limits: Limits) -> tuple[Session, Mapping[str, Program]]:
    """Files by path, read as the source of a server."""
    from driftseal.collect import _program as declared
    from driftseal.observe import program

    if not all(isinstance(text, str) for text in source.values()):
        raise RuleError(f"{rule.source}: source holds files by path, each a text")
    files = {path: str(text).encode() for path, text in source.items()}
    read = program.read(files.items(), limits, texts=files.get)
    target = Target("source", "example", "example", "example")
    things = declared.things(read, target.reference)
    return Session("example", (take(target, things, origin=Origin.STATIC, collected_at=_DAY),)), {"example": read}


def _drifts(rule: Rule, sample: Sample, rules: Sequence[Rule], limits: Limits) -> bool:
    old, new = (_surface(rule, sample.input.get(side), "example") for side in ("old", "new"))
    before, after = (Observations((Session("example", (side,)),), limits) for side in (old, new))
    differences = diff(old, new, limits)
    detecting = Rulebook(tuple(other for other in rules if other.detector != DRIFT), Digest.of(b""))
    fresh = introduced(before, after, detecting, {old.target.identity: differences})
    changes = judge(differences, fresh, before.capabilities, after.capabilities, (rule,), limits=limits)
    return any(rule.id in change.rules for change in changes)


# --- inputs become snapshots -----------------------------------------------------------------


def _snapshots(rule: Rule, given: Mapping[str, Json]) -> Iterator[Snapshot]:
    servers = given.get("servers")
    if isinstance(servers, dict):
        for name, surface in servers.items():
            yield _surface(rule, surface, name)
        return
    yield _surface(rule, dict(given), "example")


def _surface(rule: Rule, given: Json, name: str) -> Snapshot:
    if not isinstance(given, dict):
        raise RuleError(f"{rule.source}: an example's input is a mapping of parts that a server shows")
    target = Target("manifest", f"{name}.json", name, name, "example")
    return take(target, _things(rule, given), origin=Origin.STATIC, collected_at=_DAY)


def _things(rule: Rule, given: Mapping[str, Json]) -> Iterator[Item | Gap | Anomaly]:
    from driftseal.collect.manifest import items_of

    surface = {_SPELLED.get(part, part): value for part, value in given.items() if part in _SURFACE}
    if surface:
        yield from items_of(surface, uri="example.json")
    for part, value in given.items():
        if part in _SINGLE:
            yield _single(_SINGLE[part], value)
        elif part in _NAMED and isinstance(value, list):
            for one in value:
                yield _single(_NAMED[part], one)
        elif part == "anomaly" and isinstance(value, dict):
            yield _anomaly(rule, value)
        elif part not in _SURFACE:
            raise RuleError(f"{rule.source}: an example's input knows no {part!r}")


def _single(kind: ItemKind, value: Json) -> Item:
    named = kind in _NAMED.values() and isinstance(value, dict)
    name = value.get("name") if named else ""  # type: ignore[union-attr]  # a mapping, as just said
    return make_item(kind, name if isinstance(name, str) else "", value)


def _anomaly(rule: Rule, given: Mapping[str, Json]) -> Anomaly:
    kind = str(given.get("kind"))
    if kind not in set(AnomalyKind):
        raise RuleError(f"{rule.source}: {kind!r} is no kind of anomaly", hint=f"there are: {', '.join(AnomalyKind)}")
    told = {key: str(value) for key, value in given.items() if key in {"detail", "pointer", "old", "new"}}
    return Anomaly(AnomalyKind(kind), str(given.get("item", "")), **({"detail": ""} | told))
