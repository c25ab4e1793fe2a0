"""Texts and tables that a server reads from files beside its code are what its tools say."""

from __future__ import annotations

import json

import pytest

from driftseal.code.front_ends import lower
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.tools import find

PYTHON = "import json, yaml\nfrom pathlib import Path\nmcp = FastMCP('notes')\n"
JAVASCRIPT = "const server = new McpServer({ name: 'notes', version: '1' });\n"


def described(path: str, source: str, beside: dict[str, str]) -> list[str | None]:
    module = lower(source.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    texts = {name: text.encode() for name, text in beside.items()}
    return [one.description for one in find(Project({path: module}, texts.get)).declared]


def python(setting: str, description: str, beside: dict[str, str]) -> list[str | None]:
    source = f"{PYTHON}{setting}\n@mcp.tool(description={description})\ndef add(a): return a\n"
    return described("src/server.py", source, beside)


def javascript(setting: str, description: str, beside: dict[str, str]) -> list[str | None]:
    call = f"server.registerTool('add', {{ description: {description}, inputSchema: {{}} }}, async (a) => a);"
    return described("dist/server.js", f"{JAVASCRIPT}{setting}\n{call}", beside)


@pytest.mark.parametrize(
    ("setting", "description", "file"),
    [
        ("", '(Path(__file__).parent / "add.md").read_text()', "src/add.md"),
        ("", '(Path(__file__).parent / "texts" / "add.md").read_text(encoding="utf-8")', "src/texts/add.md"),
        ("", 'open("add.txt", "r").read()', "add.txt"),
        ('with open("add.txt") as file:\n    TEXT = file.read()', "TEXT", "src/add.txt"),
        ('HERE = Path(__file__).parent\nTEXT = (HERE / "add.md").read_text().strip()', "TEXT", "src/add.md"),
    ],
)
def test_a_text_in_a_file_is_the_description_in_python(setting: str, description: str, file: str) -> None:
    assert python(setting, description, {file: "Adds a note."}) == ["Adds a note."]


@pytest.mark.parametrize(
    ("setting", "description", "file"),
    [
        ("", "fs.readFileSync(new URL('./add.md', import.meta.url), 'utf8')", "dist/add.md"),
        ("", "fs.readFileSync(path.join(__dirname, '..', 'texts', 'add.md')).toString()", "texts/add.md"),
        ("const text = await fs.promises.readFile(`${__dirname}/add.md`, 'utf8');", "text", "dist/add.md"),
    ],
)
def test_a_text_in_a_file_is_the_description_in_javascript(setting: str, description: str, file: str) -> None:
    assert javascript(setting, description, {file: "Adds a note."}) == ["Adds a note."]


TABLE = json.dumps({"add": {"description": "Adds a note."}})


@pytest.mark.parametrize(
    "setting",
    [
        'T = json.loads((Path(__file__).parent / "texts.json").read_text())',
        'T = json.load(open("texts.json"))',
        'with open("texts.json") as file:\n    T = json.load(file)',
    ],
)
def test_a_table_in_a_file_holds_the_description_in_python(setting: str) -> None:
    assert python(setting, 'T["add"]["description"]', {"src/texts.json": TABLE}) == ["Adds a note."]


def test_a_table_in_yaml_holds_the_description() -> None:
    beside = {"src/texts.yaml": "add:\n  description: Adds a note.\n"}
    assert python('T = yaml.safe_load(open("texts.yaml"))', 'T["add"]["description"]', beside) == ["Adds a note."]


@pytest.mark.parametrize(
    "setting",
    [
        "import texts from './texts.json' with { type: 'json' };",
        "const texts = require('./texts.json');",
        "const texts = JSON.parse(fs.readFileSync('./texts.json', 'utf8'));",
    ],
)
def test_a_table_in_a_file_holds_the_description_in_javascript(setting: str) -> None:
    assert javascript(setting, "texts.add.description", {"dist/texts.json": TABLE}) == ["Adds a note."]


@pytest.mark.parametrize("beside", [{}, {"src/other.md": "Adds."}, {"src/add.md": "x" * (256 * 1024 + 1)}])
def test_a_file_that_is_not_there_or_too_large_says_nothing(beside: dict[str, str]) -> None:
    assert python("", '(Path(__file__).parent / "add.md").read_text()', beside) == [None]


@pytest.mark.parametrize("table", ["{", "[" * 5000, '{"add": 1}', '{"add": {"description": {"description": []}}}'])
def test_a_table_that_is_none_says_nothing(table: str) -> None:
    found = python('T = json.load(open("texts.json"))', 'T["add"]["description"]', {"src/texts.json": table})
    assert found == [None]


def test_files_outside_of_the_folder_are_not_asked_for() -> None:
    asked: list[str] = []

    def texts(path: str) -> bytes | None:
        asked.append(path)
        return None

    source = f"{PYTHON}@mcp.tool(description=open('../../../etc/secret.txt').read())\ndef add(a): return a\n"
    module = lower(source.encode(), "server.py", DEFAULT_LIMITS)
    assert module is not None
    find(Project({"server.py": module}, texts))
    assert asked == []
