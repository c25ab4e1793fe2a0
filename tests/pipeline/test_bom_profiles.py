"""What is asked of a bill of materials: profiles as data, and how much of one is there, without a guess."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bom.application import MODELS, application, inventory, report
from bom.hostile_bom import hostile_bom
from commands import driftseal
from driftseal import resources
from driftseal.bom.base import View
from driftseal.bom.profiles.json import JsonProfile
from driftseal.bom.profiles.text import TextProfile
from driftseal.errors import RuleError, UsageError
from driftseal.model.bom import Bom, Component, Licence, Metric, ModelCard, Reference, Vulnerability
from driftseal.model.digest import Digest
from driftseal.model.profile import Completeness, Profile, Row, Status, Subject, Who
from driftseal.pipeline import profiles
from driftseal.pipeline.bom import build
from driftseal.pipeline.completeness import measure
from report.golden import FOLDER, check

ONE = """
title: One
source: https://example.com
about: About it.
sections:
  - title: First
    elements:
      - id: a
        title: A
        of: {of}
        filled_by: [{filled_by}]
        supply: {{producer: ask them}}
"""


def bare(**more: Any) -> Component:
    """A model of which nothing but its name is known."""
    return Component(ref="model/x", kind="model", type="machine-learning-model", name="x", **more)


def bom_with(*components: Component, **more: Any) -> Bom:
    root = Component(ref="root", kind="system", type="application", name="shop")
    return Bom(root=root, timestamp="2026-11-21T09:00:00Z", tool_version="0.1.0", components=components, **more)


def full() -> Component:
    """A model of which everything that a field of ours can say is known."""
    facts = ("parameterCount", "library", "vocabularySize", "contextLength", "hiddenSize", "layers", "attentionHeads",
             "quantization")  # fmt: skip
    card = ModelCard(
        task="text-generation", approach="supervised", family="llama", architecture="LlamaForCausalLM", datasets=("d",),
        inputs=("text",), outputs=("text",), metrics=(Metric("accuracy", "0.9"),), use_cases=("u",), limitations=("l",),
        facts=dict.fromkeys(facts, "1"),
    )  # fmt: skip
    kinds = ("distribution", "model-card", "vcs", "documentation")
    return bare(
        version="1", purl="pkg:huggingface/a/x@1", publisher="a", description="d", licences=(Licence("MIT"),),
        digests=(Digest("sha256", "0" * 64),), card=card, links=tuple(Reference(kind, "https://a") for kind in kinds),
        parts=(Component(ref="f", kind="model-file", type="file", name="f"),),
    )  # fmt: skip


def one(of: str, *filled_by: str) -> Profile:
    return profiles.parse(ONE.format(of=of, filled_by=", ".join(f'"{way}"' for way in filled_by)).encode(), "one")


def row_of(bom: Bom, of: str, *filled_by: str) -> Row:
    (row,) = measure(bom, one(of, *filled_by)).rows
    return row


def rows(bom: Bom, name: str) -> dict[str, Row]:
    return {row.element.id: row for row in measure(bom, profiles.load(name)).rows}


# --- the profiles ----------------------------------------------------------------------------


def test_there_are_the_profiles_that_we_name() -> None:
    assert profiles.names() == ("annex-xi", "g7-ai", "owasp-aibom")


@pytest.mark.parametrize("name", profiles.names())
def test_every_element_can_be_filled_by_driftseal_or_says_by_whom(name: str) -> None:
    profile = profiles.load(name)
    assert profile.source.startswith("https://")
    assert len(profile.elements) > 20
    # What no field says must be asked of somebody; what driftseal alone says needs nobody else.
    assert [element.id for element in profile.elements if not element.filled_by and not element.supply] == []


def test_the_minimum_elements_of_the_g7_are_fifty_in_seven_clusters() -> None:
    elements = profiles.load("g7-ai").elements
    assert len(elements) == 50
    assert len({element.section for element in elements}) == 7


def test_a_new_file_is_a_new_profile() -> None:
    assert {path.stem for path in (resources.folder("sbom") / "profiles").iterdir()} == set(profiles.names())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("of: model", "of: planet"), "'planet' is not a valid Subject"),
        (("producer: ask", "wizard: ask"), "'wizard' is not a valid Who"),
        (('"licences"', '"licenses"'), "a: a model has no field 'licenses'"),
        (('"licences"', '"card.__class__"'), "a: a model has no field 'card.__class__'"),
        (("        title: A", "        titel: A"), "'titel' is missing, or does not belong there"),
        (("about: About it.\n", ""), "'about' is missing, or does not belong there"),
        (("title: One", "title: [One]"), "expected text, not a list"),
        (("      - id: a", "      - id: a\n        title: A\n        of: model\n      - id: a"), "the same id"),
    ],
)
def test_a_malformed_profile_is_named_with_its_mistake(change: tuple[str, str], why: str) -> None:
    text = ONE.format(of="model", filled_by='"licences"')
    assert change[0] in text
    with pytest.raises(RuleError, match=f"profile odd: .*{re.escape(why)}"):
        profiles.parse(text.replace(*change, 1).encode(), "odd")


def test_an_unknown_profile_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        profiles.load("g7-a")
    assert caught.value.hint == "did you mean 'g7-ai'?"


# --- how much is there -----------------------------------------------------------------------


def test_an_element_is_filled_partly_missing_or_asked_of_nothing() -> None:
    licensed = replace(bare(licences=(Licence("MIT"),)), ref="model/y", name="y")
    assert row_of(bom_with(licensed), "model", "licences").status is Status.FILLED
    partly = row_of(bom_with(bare(), licensed), "model", "licences")
    assert (partly.status, partly.filled, partly.total, partly.lacking) == (Status.PARTLY, 1, 2, (("model/x", "x"),))
    assert row_of(bom_with(bare()), "model", "licences").status is Status.MISSING
    assert row_of(bom_with(), "model", "licences").status is Status.ABSENT


def test_one_way_is_enough_and_each_takes_all_its_fields() -> None:
    given = bom_with(bare(card=ModelCard(inputs=("text",))))
    assert row_of(given, "model", "card.inputs + card.outputs").status is Status.MISSING
    assert row_of(given, "model", "card.inputs + card.outputs", "card.inputs").status is Status.FILLED


def test_an_element_that_no_field_fills_is_missing_whatever_is_known() -> None:
    assert row_of(bom_with(full()), "model").status is Status.MISSING


@pytest.mark.parametrize(
    "field", ["card.facts.contextLength", "links.paper", "property:driftseal:model:size", "external"]
)
def test_a_field_that_says_nothing_fills_nothing(field: str) -> None:
    said = bare(card=ModelCard(facts={"contextLength": ""}), properties={"driftseal:model:size": ""})
    assert row_of(bom_with(said), "model", field).status is Status.MISSING


def test_of_a_bare_model_only_its_name_is_there() -> None:
    told = rows(bom_with(bare()), "g7-ai")
    assert [id_ for id_, row in told.items() if id_.startswith("MDL") and row.filled] == ["MDL-01"]


@pytest.mark.parametrize("name", profiles.names())
def test_of_a_model_that_states_all_is_everything_there_that_a_field_can_say(name: str) -> None:
    told = rows(bom_with(full()), name)
    of_models = [row for row in told.values() if row.element.of is Subject.MODEL]
    assert [row.element.id for row in of_models if row.element.filled_by and row.status is not Status.FILLED] == []
    assert [row.element.id for row in of_models if not row.element.filled_by and row.status is not Status.MISSING] == []


def test_findings_are_there_where_they_were_looked_for() -> None:
    found = Vulnerability("v", "rule", "driftseal", "high", "d", "d", "r", (), ("root",))
    assert rows(bom_with(), "g7-ai")["SP-04"].status is Status.MISSING
    assert rows(bom_with(vulnerabilities=(found,)), "g7-ai")["SP-04"].status is Status.FILLED


# --- the report ------------------------------------------------------------------------------


def told(name: str = "annex-xi") -> Completeness:
    return measure(build(application(), root_name="shop"), profiles.load(name))


@pytest.mark.parametrize("name", profiles.names())
def test_the_report_for_people_reads_as_its_golden_file(name: str) -> None:
    check(FOLDER / f"completeness-{name}.txt", TextProfile(View()).render(told(name)))


def test_the_report_for_programs_holds_every_element_and_everything_that_lacks_it() -> None:
    document = json.loads(JsonProfile(View()).render(told("g7-ai")))
    assert document["schema"] == "driftseal-completeness/1"
    assert sum(document["summary"].values()) == len(document["elements"]) == 50
    (version,) = (entry for entry in document["elements"] if entry["id"] == "MDL-03")
    assert (version["status"], version["filled"], version["total"]) == ("partly", 2, 6)
    assert {"ref": "model/openai/gpt-4o-mini", "name": "gpt-4o-mini"} in version["lacking"]
    assert version["supply"][0]["who"] == Who.DEPLOYER


@pytest.mark.parametrize("form", [TextProfile, JsonProfile])
def test_no_report_on_an_attackers_bill_controls_the_terminal(form: type[TextProfile | JsonProfile]) -> None:
    text = form(View()).render(measure(hostile_bom("\x1b[2J\u202ex\r\n"), profiles.load("g7-ai")))
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert r"\u{1b}[2J" in text.replace("\\\\", "\\")


def test_the_command_tells_how_complete_it_is_and_fails_for_nothing_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o')\n")
    done = driftseal("bom", "--profile", "g7-ai", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "missing Model license  0 of 1 model\n" in done.stdout
    program = driftseal("bom", "--profile", "annex-xi", "-f", "json", "-o", "told.json", cwd=tmp_path)
    assert program.returncode == 0, program.stderr
    assert json.loads((tmp_path / "told.json").read_text())["profile"] == "annex-xi"


@pytest.mark.parametrize(
    ("args", "error", "hint"),
    [
        (("--profile", "g7-a"), "invalid choice: 'g7-a'", "did you mean 'g7-ai'?"),
        (("--profile", "g7-ai", "-f", "html"), "no format of a report on completeness named 'html'", "json, text"),
        (("--profile", "g7-ai", "--spec-version", "1.6"), "--profile writes no document", "leave out --spec-version"),
        (("-f", "json"), "json is a format of --profile", "cyclonedx"),
    ],
)
def test_what_does_not_fit_together_is_told(tmp_path: Path, args: tuple[str, ...], error: str, hint: str) -> None:
    done = driftseal("bom", *args, cwd=tmp_path)
    assert done.returncode == 2
    assert error in done.stderr
    assert hint in done.stderr


def test_models_alone_leave_datasets_unasked() -> None:
    counted = rows(build(report(inventory(*MODELS)), root_name="shop"), "g7-ai")
    assert counted["DP-01"].status is Status.ABSENT
    assert counted["MDL-01"].status is Status.FILLED
