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


def test_a_tool_under_a_name_that_nobody_can_read_is_told_though_its_function_is_there() -> None:
    read = found(main="for (const t of await remote()) {\n  server.registerTool(t.name, t, async (a) => t.run(a));\n}")
    assert [(one.line, one.why) for one in read.dynamic] == [(2, "the name of the tool is no constant")]


def test_a_helper_whose_callers_name_the_tools_makes_none_at_run_time() -> None:
    helper = (
        "export function add(server, name, config, run) { server.registerTool(name, config, async (a) => run(a)); }"
    )
    read = found(main=f"{helper}\nadd(server, 'go', {{ description: 'Goes.', inputSchema: {{}} }}, async (a) => a);")
    assert [one.name for one in read.declared] == ["go"]
    assert not read.dynamic


LOADS = """
async function tools() {
  const found = [];
  for (const file of await readdir(dir)) found.push(await import(join(dir, file)));
  return found;
}
for (const tool of await tools()) {
  server.registerTool(tool.method, { description: tool.description, inputSchema: tool.parameters.shape,
    annotations: tool.annotations || {} }, async (args) => await tool.handler(args));
}
"""
FILE = """
export const method = "create_note";
export const description = "Creates a note.";
export const parameters = z.object({ text: z.string() });
export async function handler(args) { return args.text; }
"""


def test_each_file_of_a_folder_that_is_imported_is_a_tool() -> None:
    read = found(main=LOADS, create=FILE, other='export const description = "No tool.";')
    (tool,) = read.declared
    assert (tool.name, tool.description, tool.parameters) == ("create_note", "Creates a note.", ("args",))
    assert tool.handler is not None
    assert tool.handler.path == "create.ts"
    assert not read.dynamic


def test_what_a_file_of_a_folder_hands_out_as_one_object_is_a_tool() -> None:
    whole = 'export default { method: "a_note", description: "Makes.", parameters: z.object({}), handler: (a) => a };'
    assert [one.name for one in found(main=LOADS, create=whole).declared] == ["a_note"]


def test_files_that_nobody_imports_by_a_made_up_name_are_none() -> None:
    read = found(main=LOADS.replace("await import(join(dir, file))", "file"), create=FILE)
    assert not read.declared
    assert read.dynamic


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


def test_parameters_that_are_called_as_settings_are_have_the_types_that_they_say() -> None:
    said = 'z.string().optional().describe("What it is called by people")'
    for name in ("name", "title", "description"):
        read = tools(
            main=f"""
            server.tool("find", ["Finds things.", "By name."].join(" "), {{ {name}: {said}, limit: z.number() }},
              {{ readOnlyHint: true }}, async (args) => args.limit);
            server.tool("say", "Says it.", {{ {name}: {said} }}, async (args) => args);
            """
        )
        told = {"type": "string", "description": "What it is called by people"}
        assert (read["find"].description, read["say"].description) == ("Finds things. By name.", "Says it.")
        assert read["say"].schema == {"type": "object", "properties": {name: told}}
        assert read["find"].schema == {
            "type": "object",
            "properties": {name: told, "limit": {"type": "number"}},
            "required": ["limit"],
        }
