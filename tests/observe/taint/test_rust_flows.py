"""Vulnerable Rust servers and their repaired twins, from the tool that is called to what it does."""

from __future__ import annotations

import pytest

from driftseal.code.project import Project
from driftseal.code.rust import Rust
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models
from driftseal.observe.tools import find

MAIN = """mod runner;
use runner::run;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Request { pub name: String }
pub struct Desk {}

#[tool_router]
impl Desk {
    #[tool(description = "Does it")]
    async fn does(&self, Parameters(request): Parameters<Request>) -> Result<String, String> {
        run(&request.name).await
    }
}
"""
RUNNER = """use std::time::Duration;
use tokio::process::Command;

pub async fn run(name: &str) -> Result<String, String> {
%s
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
"""


def told(inside: str) -> list[tuple[str, str]]:
    """Kind of sink and guard of what comes from the tool's caller."""
    front = Rust()
    files = {"src/main.rs": MAIN, "src/runner.rs": RUNNER % inside}
    project = Project({path: front.lower(text.encode(), path, DEFAULT_LIMITS) for path, text in files.items()})
    entries = [flows.Entry(one.handler, one.name) for one in find(project).declared if one.handler is not None]
    assert entries
    found = flows.analyse(project, entries, {"rust": models.load("rust")}, DEFAULT_LIMITS)
    return sorted({(each.sink.kind, each.guard) for each in found.flows if each.source.kind == "parameter"})


@pytest.mark.parametrize(
    "chain",
    [
        'Command::new("sh").arg("-c").arg(line).kill_on_drop(true).output()',
        'Command::new("sh").env("LANG", "C").args(["-c", &line]).current_dir("/tmp").output()',
        'Command::new("bash").stdin(std::process::Stdio::null()).args(&["-lc", &line]).output()',
    ],
)
def test_a_builder_is_the_same_command_whatever_else_it_is_told(chain: str) -> None:
    line = '    let line = format!("dig +short {}", name);\n'
    job = f"    let job = {chain};\n    let output = tokio::time::timeout(Duration::from_secs(3), job).await??;"
    assert told(line + job) == [("command", "")]


def test_what_a_command_is_told_beside_its_arguments_is_none_of_them() -> None:
    lines = 'let mut job = Command::new("sh");\njob.arg("-c");\njob.env("NAME", name);\njob.arg("dig $NAME");\n'
    assert told(lines + "let output = job.output().await?;") == []


def test_one_argument_of_a_program_is_no_line_for_a_shell() -> None:
    job = 'let output = Command::new("dig").args(["+short", "-q", name]).kill_on_drop(true).output().await?;'
    assert ("command", "") not in told(job)


@pytest.mark.parametrize(
    ("test", "guard"),
    [
        ("name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')", "strong"),
        ("name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')", "strong"),
        ("name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))", "strong"),
        ("name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '$'))", "weak"),
        ("name.chars().all(|c| c != ';')", ""),
        ("name.chars().all(|c| c.is_ascii_alphanumeric() || c == '$')", "weak"),
    ],
)
def test_letters_that_are_allowed_one_by_one_are_a_pattern_for_the_whole(test: str, guard: str) -> None:
    check = f'    if !{test} {{ return Err("no".into()); }}\n'
    job = '    let output = Command::new("sh").arg("-c").arg(format!("dig {}", name)).output().await?;'
    assert told(check + job) == [("command", guard)]
