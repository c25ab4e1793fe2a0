"""Tools of Python servers are read from their source: names, texts, schemas and what runs them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from driftseal.code.project import Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, Found, find


def found(**files: str) -> Found:
    lower = Python().lower
    paths = {f"{name}.py": dedent(text).encode() for name, text in files.items()}
    return find(Project({path: lower(data, path, DEFAULT_LIMITS) for path, data in paths.items()}))


def tools(**files: str) -> dict[str, Declared]:
    return {one.name: one for one in found(**files).declared if one.kind is ItemKind.TOOL}


def test_a_decorated_function_has_its_docstring_and_its_signature() -> None:
    read = tools(
        main='''
        from mcp.server.fastmcp import FastMCP, Context
        mcp = FastMCP("x")

        @mcp.tool()
        async def add(a: int, b: Annotated[int, Field(description="Second")] = 2, mode: Literal["x", "y"] = "x",
                      note: str | None = None, *, ctx: Context) -> int:
            """Adds two numbers."""
            return a + b
        '''
    )["add"]
    assert read.description == "Adds two numbers."
    assert read.schema == {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "integer", "description": "Second", "default": 2},
            "mode": {"type": "string", "enum": ["x", "y"], "default": "x"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["a"],
    }
    assert (read.parameters, read.fields, read.how) == (("a", "b", "mode", "note"), False, "decorator")


@pytest.mark.parametrize(
    ("module", "description"),
    [("mcp.server.fastmcp", "Adds.\n\nArgs:\n    a: First."), ("fastmcp", "Adds.")],
)
def test_sections_of_a_docstring_are_shown_by_one_framework_and_cut_by_the_other(module: str, description: str) -> None:
    source = f'from {module} import FastMCP\nmcp = FastMCP("x")\n@mcp.tool\ndef add(a):\n    """Adds.\n\n    Args:\n'
    read = tools(main=source + '        a: First.\n    """\n')["add"]
    assert read.description is not None
    assert dedent(read.description).split() == description.split()
    assert isinstance(read.schema, dict)
    assert read.schema["properties"] == {"a": {"description": "First."} if module == "fastmcp" else {}}


def test_listed_tools_are_run_by_what_their_branch_calls() -> None:
    read = tools(
        main="""
        class Names(str, Enum):
            STATUS = "git_status"

        class Status(BaseModel):
            repo: str = Field(..., description="Where")

        def git_status(repo): return repo

        @server.list_tools()
        async def listed():
            return [Tool(name=Names.STATUS, description="Shows status", inputSchema=Status.model_json_schema())]

        @server.call_tool()
        async def call(name, arguments):
            match name:
                case Names.STATUS:
                    return git_status(arguments["repo"])
        """
    )["git_status"]
    assert read.description == "Shows status"
    assert read.schema == {
        "type": "object",
        "properties": {"repo": {"type": "string", "description": "Where"}},
        "required": ["repo"],
    }
    assert read.parameters == ("repo",)


def test_a_mounted_server_puts_its_prefix_before_its_tools() -> None:
    read = tools(
        main='from fastmcp import FastMCP\nfrom sub import inner\no = FastMCP("o")\no.mount(inner, prefix="web")',
        sub='from fastmcp import FastMCP\ninner = FastMCP("i")\n@inner.tool\ndef get(): ...',
    )
    assert list(read) == ["web_get"]


def test_the_adapter_of_a_web_session_is_no_mounted_server() -> None:
    assert found(main='s = requests.Session()\ns.mount("https://", HTTPAdapter())\n').declared == ()


def test_functions_that_a_loop_adds_are_tools() -> None:
    read = tools(main='def a(x): "A."\ndef b(y): "B."\nfor fn in [a, b]:\n    mcp.add_tool(fn)\n')
    assert {name: one.description for name, one in read.items()} == {"a": "A.", "b": "B."}


def test_a_resource_with_a_place_in_its_address_is_a_template() -> None:
    read = found(main='@mcp.resource("notes://{day}")\ndef note(day): ...\n').declared
    assert [(one.kind, one.name) for one in read] == [(ItemKind.RESOURCE_TEMPLATE, "notes://{day}")]


def test_types_that_the_function_around_puts_together_are_read() -> None:
    read = tools(
        main="""
        from typing import Annotated, Literal
        from mcp.server.fastmcp import FastMCP
        from pydantic import Field
        Kind = Literal["a", "b"]

        def register(mcp: FastMCP) -> None:
            named = Annotated[Kind, Field(description="Which.")]
            only = Literal["c"]

            @mcp.tool()
            def look(kind: named, other: only) -> str:
                return kind
        """
    )["look"]
    assert isinstance(read.schema, dict)
    assert read.schema["properties"] == {
        "kind": {"type": "string", "enum": ["a", "b"], "description": "Which."},
        "other": {"type": "string", "enum": ["c"]},
    }
