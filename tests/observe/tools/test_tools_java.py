"""Tools of Java servers are read from their source: annotations of each framework, records and builders of the SDK."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code.java import Java
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, find


def declared(text: str, **others: str) -> list[Declared]:
    """What a class with these members declares."""
    sources = {"A.java": f"package a.b;\n\npublic class A {{\n{dedent(text)}\n}}\n"} | {
        f"{name}.java": f"package a.b;\n{dedent(other)}" for name, other in others.items()
    }
    lower = Java().lower
    project = Project({path: lower(data.encode(), path, DEFAULT_LIMITS) for path, data in sources.items()})
    return list(find(project).declared)


def only(text: str, **others: str) -> Declared:
    (one,) = declared(text, **others)
    return one


@pytest.mark.parametrize(
    ("mark", "name", "description"),
    [
        ("@Tool", "run", None),
        ('@Tool("Runs it")', "run", "Runs it"),
        ('@Tool({"Runs", "it"})', "run", "Runs\nit"),
        ('@Tool(name = "go", description = ABOUT)', "go", "Runs it"),
        ('@McpTool(name = "go", description = "Runs it")', "go", "Runs it"),
        ('@org.springframework.ai.tool.annotation.Tool(description = "Runs " + "it")', "run", "Runs it"),
        ('@Tool(description = """\n    Runs\n    it""")', "run", "Runs\nit"),
    ],
    ids=["bare", "text", "lines", "named", "MCP's", "in full", "block"],
)
def test_an_annotated_method_is_a_tool(mark: str, name: str, description: str | None) -> None:
    read = only(f'static final String ABOUT = "Runs it";\n{mark}\npublic String run(String cmd) {{ return cmd; }}')
    assert (read.kind, read.name, read.description, read.how) == (ItemKind.TOOL, name, description, "annotation")
    assert (read.parameters, read.fields) == (("cmd",), False)


def test_parameters_say_what_they_are_and_whether_they_must_be_given() -> None:
    read = only(
        """
        @Tool(description = "Finds")
        List<String> find(
            @ToolParam(description = "What") String text,
            @ToolParam(required = false) Integer most,
            @ToolArg(name = "in", description = "Where", defaultValue = ".") String folder,
            @P("Kinds") List<Kind> kinds,
            @Nullable Query query,
            Map<String, Object> more,
            ToolContext context,
            McpSyncServerExchange exchange) { return null; }

        enum Kind { FILE, FOLDER }
        record Query(@ToolParam(description = "Bytes") long size, String[] names) {}
        """
    )
    assert read.schema == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "What"},
            "most": {"type": "integer"},
            "in": {"type": "string", "description": "Where", "default": "."},
            "kinds": {
                "type": "array",
                "items": {"type": "string", "enum": ["FILE", "FOLDER"]},
                "description": "Kinds",
            },
            "query": {
                "type": "object",
                "properties": {
                    "size": {"type": "integer", "description": "Bytes"},
                    "names": {"type": "array", "items": {"type": "string"}},
                },
            },
            "more": {"type": "object"},
        },
        "required": ["text", "kinds", "more"],
    }


def test_hints_stand_in_an_annotation_of_the_annotation() -> None:
    read = only(
        '@McpTool(annotations = @McpTool.McpAnnotations(title = "Seek", readOnlyHint = true, destructiveHint=false))\n'
        "String find() { return null; }"
    )
    assert (read.title, read.annotations) == ("Seek", {"readOnlyHint": True, "destructiveHint": False})


def test_prompts_and_resources_are_annotated_too_and_injected_resources_are_none() -> None:
    read = declared(
        """
        @Prompt(description = "Asks") PromptMessage ask(@PromptArg(description = "What") String lang) { return null; }
        @Resource(uri = "docs://a", description = "Docs") String docs() { return null; }
        @McpResource(uri = "users://{id}") String user(String id) { return null; }
        @Resource DataSource source() { return null; }
        """
    )
    assert [(one.kind, one.name, one.description) for one in read] == [
        (ItemKind.PROMPT, "ask", "Asks"),
        (ItemKind.RESOURCE, "docs://a", "Docs"),
        (ItemKind.RESOURCE_TEMPLATE, "users://{id}", None),
    ]


SCHEMA = '"""\n{"type": "object", "properties": {"url": {"type": "string"}}}"""'
READ = {"type": "object", "properties": {"url": {"type": "string"}}}


@pytest.mark.parametrize(
    "made",
    [
        (
            f'var tool = new McpSchema.Tool("fetch", "Fetches", {SCHEMA});'
            "server.addTool(new McpServerFeatures.SyncToolSpecification(tool, (exchange, args) -> fetch(args)));"
        ),
        (
            f'var tool = McpSchema.Tool.builder().name("fetch").description("Fetches").inputSchema({SCHEMA}).build();'
            "server.addTool(McpServerFeatures.SyncToolSpecification.builder().tool(tool)"
            ".callHandler((exchange, request) -> fetch(request.arguments())).build());"
        ),
        (
            'McpServer.sync(transport).tool(new Tool("fetch", "Fetches", new McpSchema.JsonSchema("object", '
            'Map.of("url", Map.of("type", "string")), null, null)), this::handle).build();'
        ),
        "server.addTool(new AsyncToolSpecification(tool(), this::handle));",
    ],
    ids=["record", "builder", "server's builder", "method that gives it back"],
)
def test_a_tool_of_the_sdk_is_found_with_what_runs_it(made: str) -> None:
    read = only(
        f"""
        void add(McpSyncServer server) {{ {made} }}
        McpSchema.CallToolResult handle(McpSyncServerExchange exchange, Map<String, Object> args) {{ return null; }}
        McpSchema.CallToolResult fetch(Map<String, Object> args) {{ return null; }}
        """
        + (f'McpSchema.Tool tool() {{ return new Tool("fetch", "Fetches", {SCHEMA}); }}' if "tool()," in made else "")
    )
    assert (read.name, read.description, read.schema) == ("fetch", "Fetches", READ)
    assert read.handler is not None


def test_tools_are_registered_by_managers_and_callbacks() -> None:
    read = declared(
        """
        void add() {
          manager.newTool("one").setDescription("One").setHandler(args -> ToolResponse.success("x")).register();
          FunctionToolCallback.builder("two", new Weather()).description("Two").inputType(Query.class).build();
        }
        record Query(String city) {}
        """,
        Weather="public class Weather implements Function<A.Query, String> {\n"
        "  public String apply(A.Query q) { return null; }\n}\n",
    )
    assert [(one.name, one.description, one.handler is not None) for one in read] == [
        ("one", "One", True),
        ("two", "Two", True),
    ]
    assert read[1].schema == {"type": "object", "properties": {"city": {"type": "string"}}}
    assert read[1].handler is not None
    assert read[1].handler.path == "Weather.java"


@pytest.mark.parametrize(
    "text",
    [
        'class Tool { Tool(String name, String description) {} } Tool t = new Tool("a");',
        'void run() { callTool("a", "b", c -> c); new ToolResult("done", "b", null); }',
        '@Override public String getTool() { return "a"; }',
    ],
)
def test_what_only_talks_of_tools_is_none(text: str) -> None:
    assert declared(text) == []


SERVER = b"""package a;
class A { static final String D = "d"; record R(@ToolParam(description = "x") String u, R inner, List<R> more) {}
  @Tool(name = "b", description = D) R run(@P("c") String cmd, Map<String, List<R>> m, ToolContext t) { return null; }
  Spec make(String n, Function<M, R> f) {
    return new SyncToolSpecification(Tool.builder().name(n).description("x").build(), (e, a) -> f.apply(a)); }
  void add() { make("c", a -> run(a.get("x"), null, null)); var t = new Tool("d", "D", "{}");
    server.addTool(new SyncToolSpecification(t, this::go)); m.newTool("e").setHandler(a -> a).register(); }
  Object go(Object e, Map<String, Object> a) { return Runtime.getRuntime().exec((String) a.get("c")); } }
"""


@given(st.lists(st.tuples(st.integers(0, len(SERVER)), st.integers(0, 40), st.binary(max_size=6)), max_size=4))
@settings(max_examples=120, deadline=None)
def test_no_mutation_of_a_server_breaks_the_search_for_its_tools(cuts: list[tuple[int, int, bytes]]) -> None:
    source = SERVER
    for at, cut, put in cuts:
        source = source[:at] + put + source[at + cut :]
    names = {one.name for one in find(Project({"A.java": Java().lower(source, "A.java", DEFAULT_LIMITS)})).declared}
    assert names == {"b", "c", "d", "e"} or cuts
