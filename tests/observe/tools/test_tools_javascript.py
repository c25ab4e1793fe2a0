"""Tools of TypeScript servers are read from their source: names, texts, schemas and what runs them."""

from __future__ import annotations

from textwrap import dedent

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, Found, find


def found(**files: str) -> Found:
    lower = JavaScript().lower
    paths = {f"{name}.ts": dedent(text).encode() for name, text in files.items()}
    return find(Project({path: lower(data, path, DEFAULT_LIMITS) for path, data in paths.items()}))


def tools(**files: str) -> dict[str, Declared]:
    return {one.name: one for one in found(**files).declared if one.kind is ItemKind.TOOL}


def test_a_tool_of_the_short_form_has_its_text_its_shape_and_its_callback() -> None:
    read = tools(
        main="""
        server.tool("add", "Adds two numbers.", { a: z.number().describe("First"), b: z.number().optional() },
          { readOnlyHint: true }, async ({ a, b: second }) => a + second);
        """
    )["add"]
    assert read.description == "Adds two numbers."
    assert read.schema == {
        "type": "object",
        "properties": {"a": {"type": "number", "description": "First"}, "b": {"type": "number"}},
        "required": ["a"],
    }
    assert read.annotations == {"readOnlyHint": True}
    assert (read.parameters, read.fields, read.path, read.line) == (("a", "b"), False, "main.ts", 2)


def test_a_registered_tool_takes_its_settings_through_imported_constants() -> None:
    read = tools(
        main="""
        import { NAMES, shape } from "./shared.js";
        server.registerTool(NAMES.READ, { title: "Read", description: `Reads ${NAMES.WHAT}.`, inputSchema: shape },
          read);
        async function read(args: { path: string }) { return open(args.path); }
        """,
        shared="""
        export const NAMES = { READ: "read_file", WHAT: "a file" } as const;
        export const shape = { path: z.string(), mode: z.enum(["text", "binary"]).default("text") };
        """,
    )["read_file"]
    assert (read.title, read.description) == ("Read", "Reads a file.")
    assert read.schema == {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "mode": {"type": "string", "enum": ["text", "binary"], "default": "text"},
        },
        "required": ["path"],
    }
    assert read.handler is not None
    assert (read.parameters, read.fields) == (("args",), True)


def test_a_listed_tool_is_run_by_the_function_that_its_branch_calls() -> None:
    project = """
    const Ask = z.object({ city: z.string() });
    server.setRequestHandler(ListToolsRequestSchema, async () => ({
      tools: [{ name: "weather", description: "Tells the weather.", inputSchema: zodToJsonSchema(Ask) }],
    }));
    server.setRequestHandler(CallToolRequestSchema, async (request) => {
      switch (request.params.name) {
        case "weather": { const args = Ask.parse(request.params.arguments); return tell(args.city); }
        default: throw new Error("unknown");
      }
    });
    function tell(city: string) { return fetch(city); }
    """
    read = tools(main=project)["weather"]
    assert read.schema == {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    assert read.parameters == ("city",)
    assert read.handler is not None
    assert read.handler.path == "main.ts"


def test_a_registry_by_name_and_a_class_are_tools() -> None:
    read = tools(
        main="""
        const TOOLS = { list_files: { description: "Lists.", schema: { dir: z.string() }, handler: async (a) => a } };
        class DropTool extends BaseTool {
          name = "drop_table"; description = "Drops."; inputSchema = { table: z.string() };
          async execute(args) { return args; }
        }
        """
    )
    assert {name: one.how for name, one in read.items()} == {"list_files": "registry", "drop_table": "class"}
    assert all(one.handler is not None for one in read.values())


def test_a_minified_bundle_keeps_its_tools() -> None:
    read = tools(main='var q="go";s.registerTool(q,{description:"Goes",inputSchema:{x:e.string()}},async({x:t})=>t);')
    assert read["go"].description == "Goes"
    assert read["go"].parameters == ("x",), "as callers name it"


def test_what_has_no_literal_name_is_no_tool_but_a_dynamic_place() -> None:
    read = found(main="for (const t of await remote()) {\n  server.registerTool(t.name, t.config, t.run);\n}")
    assert read.declared == ()
    assert [(one.line, one.why) for one in read.dynamic] == [(2, "the name of the tool is no constant")]


def test_calls_that_only_use_tools_declare_none() -> None:
    read = found(main='client.callTool("add", { description: "x" }); getTool("add", () => 1); removeTool("add", "x");')
    assert read.declared == ()


def test_a_resource_whose_name_is_for_people_goes_by_its_address() -> None:
    read = found(
        main="""
        const base = "demo://resource/dynamic";
        const uri = `${base}/text/{id}`;
        export const register = (server) => {
          server.registerResource("Dynamic Text Resource", new ResourceTemplate(uri, { list: undefined }),
            { description: "Made as it is asked for." }, async (uri, { id }) => ({ contents: [id] }));
          menu.addResource("Dynamic Text Resource", "no address");
        };
        """
    )
    assert [(one.kind, one.name) for one in read.declared] == [
        (ItemKind.RESOURCE_TEMPLATE, "demo://resource/dynamic/text/{id}")
    ]
