"""What is known of a value where the second side of a condition is asked, and what is left of it letter by letter."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

JS = 'import fs from "fs"; import path from "path";\nexport function tool({ p }) {\n%s\n}\n'
PYTHON = "import os\ndef tool(p: str):\n%s\n"
RUST = """use std::path::PathBuf;
use tokio::process::Command;
const KNOWN: &[&str] = &["md", "txt"];
struct Desk { root: PathBuf }
impl Desk {
  async fn finish(&self, mut command: Command) { command.output().await; }
  async fn tool(&self, p: String) { %s }
}
"""


def told(path: str, text: str) -> list[tuple[str, str]]:
    """Kind of sink and guard of what comes from the caller of the tool."""
    module = front_ends.lower(text.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    project = Project({path: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    return sorted({(each.sink.kind, each.guard) for each in found.flows if each.source.kind == "parameter"})


@pytest.mark.parametrize(
    ("test", "guard"),
    [
        ('!f.startsWith("/srv/") || !fs.readFileSync(f)', "strong"),
        ('f.startsWith("/srv/") && fs.readFileSync(f)', "strong"),
        ('f.startsWith("/srv/") || fs.readFileSync(f)', "weak"),
        ('!fs.readFileSync(f) || !f.startsWith("/srv/")', ""),
    ],
)
def test_the_second_side_is_asked_for_what_the_first_let_through(test: str, guard: str) -> None:
    body = f'const f = path.resolve("/srv", p); if ({test}) return 1;'
    assert told("main.js", JS % body) == [("path-read", guard)]


@pytest.mark.parametrize(
    ("kept", "guard"),
    [('c.isalnum() or c in "-_"', "strong"), ('c.isalnum() or c in "-_./"', "weak")],
)
def test_letters_of_a_text_lead_into_no_folder_where_none_of_them_does(kept: str, guard: str) -> None:
    body = f'    name = "".join(c if {kept} else "-" for c in p)\n    return open("/srv/" + name).read()'
    assert told("main.py", PYTHON % body) == [("path-read", guard)]


def test_what_is_put_in_the_place_of_every_other_letter_counts_as_well() -> None:
    body = """let name: String = p.chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '%s' })
        .collect();
    std::fs::read_to_string(self.root.join(&name));"""
    assert told("main.rs", RUST % (body % "-")) == []
    assert told("main.rs", RUST % (body % "/")) == [("path-read", "")]


def test_an_ending_that_is_one_of_a_list_says_nothing_of_the_path() -> None:
    body = """let path = self.root.join(p);
    let known = path.extension().and_then(|e| e.to_str()).is_some_and(|e| KNOWN.contains(&e));
    if !known { return; }
    std::fs::read_to_string(&path);"""
    assert told("main.rs", RUST % body) == [("path-read", "")]


def test_a_program_that_a_function_is_handed_runs_what_it_was_given() -> None:
    start = 'let mut command = Command::new("rg"); command.arg("--line-number")%s; self.finish(command).await;'
    assert told("main.rs", RUST % (start % '.arg(p).arg(".")')) == [("argv-option", "")]
    assert told("main.rs", RUST % (start % '.arg("--").arg(p)')) == []


FORMULA = """import ast
NODES = (ast.Expression, ast.Constant, ast.Name, ast.Load, ast.BinOp, ast.Add)
class Formula:
    def __init__(self, source: str) -> None:
        tree = ast.parse(source, mode="eval")
%s
        self.code = compile(tree, "f", "eval")
    def value(self, row):
        return eval(self.code, {}, row)
def tool(p: str):
    return Formula(p).value({})
"""
CHECK = """        for node in ast.walk(tree):
            if not isinstance(node, NODES):
                raise ValueError(source)"""


def test_what_an_object_keeps_was_checked_where_it_was_made() -> None:
    assert told("main.py", FORMULA % CHECK) == [("code", "strong")]
    assert told("main.py", FORMULA % "") == [("code", "")]
