"""Helpers that are told by their callers which program to run, and which argument to take."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

GO = """package main
import ("context"; "fmt"; "os/exec")
type runner struct{}
func (r *runner) output(ctx context.Context, name string, args ...string) string {
	out, _ := exec.CommandContext(ctx, name, args...).CombinedOutput()
	return string(out)
}
func (r *runner) tool(ctx context.Context, host string) string {
	%s
}
"""
JAVA = """
import java.sql.Connection; import java.sql.SQLException; import java.util.Map;
class Tools {
  private Connection connection;
  static String text(Map<String, Object> args, String key) { Object value = args.get(key); return value.toString(); }
  String tool(Map<String, Object> args) throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT id FROM books");
    %s
    return connection.prepareStatement(sql.toString()).toString();
  }
}
"""


def told(path: str, text: str) -> list[tuple[str, str, str]]:
    """Source, kind of sink and what stands before, of what comes from the caller of the tool."""
    module = front_ends.lower(text.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    assert isinstance(module, ir.Module)
    project = Project({path: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    chosen = (each for each in found.flows if each.source.kind == "parameter")
    return sorted({(each.source.name, each.sink.kind, each.before) for each in chosen})


@pytest.mark.parametrize(
    ("called", "kind"),
    [
        ('return r.output(ctx, "sh", "-c", fmt.Sprintf("ping %s", host))', "command"),
        ('return r.output(ctx, "ping", "-c", "1", host)', "argv-option"),
    ],
)
def test_a_program_that_a_helper_is_told_decides_what_its_arguments_are(called: str, kind: str) -> None:
    assert [(name, sink) for name, sink, _ in told("main.go", GO % called)] == [("host", kind)]


def test_what_a_helper_takes_of_the_arguments_is_called_as_its_caller_says() -> None:
    code = JAVA % """sql.append(" WHERE language = '").append(text(args, "language")).append("'");"""
    assert told("Tools.java", code) == [("args.language", "sql", "?")]


def test_what_a_thread_is_given_by_name_reaches_the_parameter_of_that_name() -> None:
    code = """
import asyncio
def look(query, root):
    return open(root).read() + str(len(query))
async def tool(query: str):
    return await asyncio.to_thread(look, query=query, root="/srv/notes.txt")
"""
    assert told("main.py", code) == []
    assert told("main.py", code.replace('root="/srv/notes.txt"', "root=query")) == [("query", "path-read", "")]


def test_a_helper_that_says_what_it_gives_out_of_a_context_gives_that() -> None:
    code = """
import sqlite3
from mcp.server.fastmcp import Context
def database(ctx: Context)%s:
    return ctx.request_context.lifespan_context.db
def tool(ctx: Context, where: str):
    return database(ctx).execute("SELECT a FROM b WHERE " + where).fetchall()
"""
    assert told("main.py", code % " -> sqlite3.Connection") == [("where", "sql", "SELECT a FROM b WHERE ")]
    assert told("main.py", code % " -> Store") == []


@pytest.mark.parametrize("name", ["*by x", "*by " + "9" * 5000, "*by 7", "*by ²", "*keys"])
def test_members_may_be_called_as_nobody_else_calls_them(name: str) -> None:
    code = f"""
def take(args):
    return args["{name}"]
def tool(args):
    return open(take(args)).read()
"""
    assert [kind for _, kind, _ in told("main.py", code)] == ["path-read"]
