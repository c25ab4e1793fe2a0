"""Reports in which everything that may come from outside is arbitrary."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from driftseal.errors import ExitCode
from driftseal.model.drift import Change, ChangeKind, Drift, PathChange
from driftseal.model.finding import Finding, Location, Match, Step, Suppression
from driftseal.model.item import Gap, ItemKind
from driftseal.model.observation import Basis, Capability, Label
from driftseal.model.report import Failure, Report, Threshold
from driftseal.model.rule import Severity
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.model.trust import Verification, VerificationStatus
from driftseal.snapshot import make_item, take
from report.sample import HIDDEN_TEXT, NOW, rule

EMPTY = Report("scan", "0.1.0", "0" * 12, NOW, Threshold())
NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x00\x07\x08\x0b\x0c\r\n\t\x1b\x7f\x85\x9b\xad\u200b\u200d\u202e\u2066\ufeff\u2028\ud800\U000e0041[]"
        ),
    ),
    max_size=24,
) | st.sampled_from(
    ["[red]x[/red]", "[link=https://evil.example]x[/link]", "\x1b]8;;https://evil.example\x07x", "\x1b[2J", ":skull:"]
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report in which everything that may come from outside is arbitrary."""

    def text() -> str:
        return draw(NASTY)

    target = Target(text(), text(), text(), text())
    item = make_item(ItemKind.TOOL, text(), {"description": text(), text(): text()})
    snapshot = take(target, [item], origin=draw(st.sampled_from(Origin)), collected_at=NOW)
    severity = draw(st.sampled_from(Severity))
    place = Location(target.identity, item.key, draw(st.sampled_from(["", "/description"])) or text(), text())
    found = Match(
        HIDDEN_TEXT.id, place, text(), text(), (0, draw(st.integers(0, 9))), text(), (place,), (Step(place, text()),)
    )
    accepted = Suppression(text(), text(), "2026-12-31", text(), text(), text(), text())
    path = PathChange(text(), text(), text())
    old_key = f"{ItemKind.TOOL}:{text()}"
    change = Change(item.key, ChangeKind.RENAMED, (path,), severity, text(), text(), old_key, (text(),))
    status = draw(st.sampled_from(VerificationStatus))
    return replace(
        EMPTY,
        command=text(),
        rules_version=text(),
        snapshots=(snapshot,),
        findings=(
            Finding(rule("any", text(), severity, remediation=text(), taxonomies={text(): (text(),)}), target, found),
            Finding(HIDDEN_TEXT, target, found, accepted),
        ),
        drifts=(Drift(target, None, None, (change,), Verification(status, text(), (text(),), 1, text())),),
        capabilities=(Capability(target.identity, item.key, Label.EXECUTES, Basis.TEXT, text()),),
        gaps=(Gap(text(), text(), text()),),
        errors=(Failure(text(), text(), ExitCode.INCOMPLETE, text()),),
        suppressions=(accepted,),
        loosened=(text(),),
    )
