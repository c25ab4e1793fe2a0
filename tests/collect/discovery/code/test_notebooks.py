"""Cells of notebooks are code, told at their lines in the notebook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery import notebooks
from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.seen import Seen
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind


def notebook(*cells: list[str] | str, language: str = "python") -> str:
    made: list[dict[str, object]] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells
    ]
    made.insert(
        0, {"cell_type": "markdown", "metadata": {}, "outputs": [], "source": ["pipeline('ner', model='a/doc')"]}
    )
    return json.dumps({"cells": made, "metadata": {"language_info": {"name": language}}, "nbformat": 4}, indent=1)


def test_a_model_of_a_cell_is_told_at_its_line_in_the_notebook(tmp_path: Path) -> None:
    text = notebook(
        ["%pip install transformers\n", "!nvidia-smi\n", "from transformers import pipeline\n"],
        ["ner = pipeline('ner', model='acme/bert-base-ner')\n", "ner('text')"],
    )
    items = found(tmp_path, {"notebooks/try.ipynb": text}, ItemKind.MODEL)
    line = 1 + next(number for number, row in enumerate(text.split("\n")) if "acme/bert-base-ner" in row)
    assert {name: places(item) for name, item in items.items()} == {
        "huggingface:acme/bert-base-ner": [("notebooks/try.ipynb", line)]
    }


def test_a_cell_in_one_text_is_code_too(tmp_path: Path) -> None:
    text = notebook("from transformers import pipeline\nner = pipeline('ner', model='acme/bert-base-ner')\n")
    assert set(found(tmp_path, {"try.ipynb": text}, ItemKind.MODEL)) == {"huggingface:acme/bert-base-ner"}


@pytest.mark.parametrize(
    "text",
    [
        notebook(["from transformers import pipeline\n", "pipeline('ner', model='acme/ner')\n"], language="julia"),
        notebook(["%%bash\n", "from transformers import pipeline\n", "pipeline('ner', model='acme/ner')\n"]),
    ],
)
def test_what_is_no_python_is_not_read_as_such(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"try.ipynb": text}, ItemKind.MODEL) == {}


def test_a_notebook_that_is_no_json_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "try.ipynb").write_text("{ from transformers import pipeline", encoding="utf-8")
    (gap,) = Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None).run()
    assert not isinstance(gap, Seen)
    assert gap.path == "try.ipynb"
    assert "JSON" in gap.why


def test_prompts_of_a_notebook_have_its_name(tmp_path: Path) -> None:
    told = "You answer questions of customers briefly, and only from what you were given to read before."
    items = found(tmp_path, {"try.ipynb": notebook([f'SYSTEM_PROMPT = "{told}"\n'])}, ItemKind.PROMPT_FILE)
    assert set(items) == {"try.ipynb:SYSTEM_PROMPT"}


@pytest.mark.parametrize("value", [[], {"cells": 1}, {"cells": [1, {"cell_type": "code", "source": [1]}]}, "x"])
def test_a_notebook_of_any_shape_is_read(value: object) -> None:
    assert notebooks.python(json.dumps(value).encode(), "a", DEFAULT_LIMITS)[0] == b""


def test_commands_of_cells_are_told_at_their_lines_however_the_cells_are_written(tmp_path: Path) -> None:
    cells: tuple[list[str] | str, ...] = (
        ["x = 1\n", "!hf download acme/bert-one\n", "%env OPENAI_API_KEY=canary\n"],
        "y = 2\n!hf download acme/bert-two\n",
        "%%bash\nhf download acme/bert-three\n",
        ["%%bash\n", "hf download acme/bert-four\n"],
    )
    for name, text in {"a.ipynb": notebook(*cells), "b.ipynb": json.dumps(json.loads(notebook(*cells)))}.items():
        models = found(tmp_path / name, {name: text}, ItemKind.MODEL)
        assert set(models) == {f"huggingface:acme/bert-{number}" for number in ("one", "two", "three", "four")}
        assert list(found(tmp_path / name, {}, ItemKind.CREDENTIAL)) == ["OPENAI_API_KEY"]
    text = notebook(*cells)
    line = 1 + next(number for number, row in enumerate(text.split("\n")) if "bert-one" in row)
    assert places(found(tmp_path / "a.ipynb", {}, ItemKind.MODEL)["huggingface:acme/bert-one"]) == [("a.ipynb", line)]
