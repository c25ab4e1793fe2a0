"""What only sounds like a tool is none, and what is made at run time or lies elsewhere is told with its place."""

from __future__ import annotations

from textwrap import dedent

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Found, find


def found(**files: str) -> Found:
    """What files declare that are named like ``main_py`` and ``sub_ts``."""
    modules: dict[str, ir.Module] = {}
    for name, text in files.items():
        path = ".".join(name.rsplit("_", 1))
        module = front_ends.lower(dedent(text).encode(), path, DEFAULT_LIMITS)
        assert module is not None
        modules[path] = module
    return find(Project(modules))


def dynamic(**files: str) -> list[tuple[str, int, str]]:
    return [(one.path, one.line, one.why) for one in found(**files).dynamic]


@pytest.mark.parametrize("decorator", ["tool_error_handler", "log_tool_call", "tool_errors()", "normalize_tool_fields"])
def test_a_decorator_that_only_sounds_like_a_tool_declares_none(decorator: str) -> None:
    assert found(main_py=f"@{decorator}\ndef run(x): ...\n").declared == ()


def test_a_decorator_of_the_project_declares_only_where_it_keeps_what_it_decorates() -> None:
    main = """
    def my_tool(fn):
        def inner(*args):
            return fn(*args)
        return inner

    TOOLS = []
    def kept_tool(fn):
        TOOLS.append(fn)
        return fn

    @my_tool
    def first(x): ...

    @kept_tool
    def second(x): ...
    """
    assert [one.name for one in found(main_py=main).declared] == ["second"]


@pytest.mark.parametrize(
    "thing",
    [
        '{ name: "petId", in: "path", description: "x", schema: { type: "string" } }',
        '{ name: "body", description: "x", type: "Body", schema: z.object({}) }',
        'new Directive({ name: "include", description: "x", locations: [], args: {} })',
        '{ full: { description: "x", parameters: { a: "b" }, returns: "c" } }',
    ],
)
def test_a_parameter_of_another_interface_is_no_tool(thing: str) -> None:
    assert found(main_ts=f"export const it = {thing};").declared == ()


def test_an_argument_of_a_prompt_is_no_prompt() -> None:
    main = 'P = Prompt(name="ask", description="Asks.", arguments=[PromptArgument(name="id", description="x")])'
    assert [(one.kind, one.name) for one in found(main_py=main).declared] == [(ItemKind.PROMPT, "ask")]


def test_a_client_that_lists_the_tools_of_a_server_makes_none_at_run_time() -> None:
    assert dynamic(main_ts="const { tools } = await client.listTools();\nshow(tools);") == []


def test_tools_that_are_listed_elsewhere_and_handed_on_come_from_another_server() -> None:
    main = """\
    server.setRequestHandler(ListToolsRequestSchema, async () => {
      const { tools } = await upstream.listTools();
      return { tools };
    });
    """
    assert dynamic(main_ts=main) == [("main.ts", 2, "tools come from another server")]


def test_tools_of_an_openapi_document_are_told_where_they_are_made() -> None:
    main = "spec = load()\nmcp = FastMCP.from_openapi(spec, client)\nmcp.run()\n"
    assert dynamic(main_py=main) == [("main.py", 2, "tools are made from an OpenAPI document")]


def test_the_name_that_a_helper_is_given_is_known_and_no_place_of_unknown_tools() -> None:
    main = 'function reg(name) {\n  server.tool(name, "x", {}, run);\n}\nreg("go");'
    read = found(main_ts=main)
    assert ([one.name for one in read.declared], read.dynamic) == (["go"], ())


def test_a_package_that_only_starts_a_program_says_so() -> None:
    main = 'const child = require("child_process");\nchild.execFileSync(binary(), process.argv);'
    assert dynamic(main_js=main) == [("main.js", 2, "a program that is not part of the source is started")]


def test_a_package_that_only_calls_another_says_which() -> None:
    main = "def main():\n    from blender_mcp.server import main as real\n    return real()\n"
    assert dynamic(main_py=main) == [("main.py", 2, "tools come from the package blender_mcp")]


def test_a_template_that_is_registered_by_hand_has_its_address_its_text_and_its_handler() -> None:
    main = """
    def add(slug):
        def read(): ...
        mcp.resource(f"skill://{slug}", name=f"skill-{slug}", description="A skill.")(read)
    add("first")
    """
    [read] = found(main_py=main).declared
    assert (read.kind, read.name, read.description) == (ItemKind.RESOURCE, "skill://first", "A skill.")
    assert read.handler is not None


def test_a_schema_takes_defaults_enums_and_shapes_from_where_they_are_defined() -> None:
    main = """
    const Base = z.object({ owner: z.string() });
    const KINDS = { js: "node", py: "python" };
    server.tool("run", "Runs.", { ...Base.shape, kind: z.enum(Object.keys(KINDS)) }, async (args) => args);
    """
    [read] = found(main_ts=main).declared
    assert read.schema == {
        "type": "object",
        "properties": {"owner": {"type": "string"}, "kind": {"type": "string", "enum": ["js", "py"]}},
        "required": ["owner", "kind"],
    }


def test_a_signature_takes_fields_and_dates_from_where_they_are_defined() -> None:
    main = """
    FORMATS = "ISO 8601"
    CODE = Field(..., description="Code")
    @mcp.tool()
    def price(code: str = CODE, since: Annotated[datetime | None, Field(description=f"In {FORMATS}")] = None): ...
    """
    [read] = found(main_py=main).declared
    assert read.schema == {
        "type": "object",
        "properties": {
            "code": {"type": "string", "description": "Code"},
            "since": {
                "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
                "description": "In ISO 8601",
            },
        },
        "required": ["code"],
    }
