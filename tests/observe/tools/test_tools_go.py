"""Tools of Go servers are read from their source, whichever library they are written with."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.code.go import Go
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, Found, find

HEAD = 'package main\n\nimport (\n\t"github.com/mark3labs/mcp-go/mcp"\n\t"github.com/mark3labs/mcp-go/server"\n)\n'
RUN = "func run(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil }\n"


def found(text: str, **others: str) -> Found:
    lower = Go().lower
    sources = {"main.go": HEAD + dedent(text)} | {f"{name}.go": HEAD + dedent(other) for name, other in others.items()}
    return find(Project({path: lower(data.encode(), path, DEFAULT_LIMITS) for path, data in sources.items()}))


def tools(text: str, **others: str) -> dict[str, Declared]:
    return {one.name: one for one in found(text, **others).declared if one.kind is ItemKind.TOOL}


def handler(one: Declared) -> tuple[str, int] | None:
    """Index of the function in its file; the first function below the imports is 1."""
    return (one.handler.path, one.handler.number) if one.handler is not None else None


def test_options_say_what_a_tool_is_and_takes() -> None:
    read = tools(
        RUN
        + """
        const about = "Reads " + "a file"

        func main() {
            s := server.NewMCPServer("x", "1")
            tool := mcp.NewTool("read",
                mcp.WithDescription(about),
                mcp.WithString("path", mcp.Required(), mcp.Description("Where"), mcp.Enum("a", "b")),
                mcp.WithNumber("lines", mcp.DefaultNumber(3)),
                mcp.WithReadOnlyHintAnnotation(true),
                mcp.WithTitleAnnotation("Read"),
            )
            s.AddTool(tool, run)
        }
        """
    )["read"]
    assert (read.description, read.title, read.annotations) == ("Reads a file", "Read", {"readOnlyHint": True})
    assert read.schema == {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Where", "enum": ["a", "b"]},
            "lines": {"type": "number", "default": 3},
        },
        "required": ["path"],
    }
    assert (handler(read), read.parameters, read.line, read.how) == (("main.go", 1), ("request",), 13, "call")


def test_a_struct_is_a_tool_and_its_handlers_struct_the_schema() -> None:
    read = tools(
        """
        type Input struct {
            Name string `json:"name" jsonschema:"Whom to greet"`
            Tags []string `json:"tags,omitempty" jsonschema:"description=Some tags"`
            Deep *Inner `json:"deep,omitempty"`
            hidden int
        }
        type Inner struct { N int64 `json:"n"` }

        func hi(ctx context.Context, req *mcp.CallToolRequest, in Input) (*mcp.CallToolResult, any, error) { return }

        func main() {
            mcp.AddTool(s, &mcp.Tool{Name: "greet", Description: "Greets", Annotations: &mcp.ToolAnnotations{
                Title: "Greet", ReadOnlyHint: true, DestructiveHint: ptr(false)}}, hi)
        }
        """
    )["greet"]
    assert (read.description, read.title) == ("Greets", "Greet")
    assert read.annotations == {"readOnlyHint": True, "destructiveHint": False}
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert read.schema == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "Whom to greet"},
            "tags": {"type": "array", "items": {"type": "string"}, "description": "Some tags"},
            "deep": inner,
        },
        "required": ["name"],
    }
    assert handler(read) == ("main.go", 1)


def test_a_schema_in_the_structs_of_the_library_is_read() -> None:
    text = (
        's.AddTool(mcp.Tool{Name: "old", InputSchema: mcp.ToolInputSchema{Type: "object", Required: []string{"q"},\n'
        'Properties: map[string]any{"q": map[string]any{"type": "string"}}}}, run)'
    )
    read = tools(RUN + "func main() { " + text + " }")["old"]
    assert read.schema == {"type": "object", "required": ["q"], "properties": {"q": {"type": "string"}}}


@pytest.mark.parametrize(
    "text",
    [
        "s.AddTool(mcp.NewTool(NAME), run)",
        "s.AddTools(server.ServerTool{Tool: mcp.NewTool(NAME), Handler: run})",
        "s.SetTools([]server.ServerTool{{Tool: mcp.NewTool(NAME), Handler: run}}...)",
        "s.AddTool(made())",
        "add(s, NAME)",
        "for _, name := range []string{NAME} { s.AddTool(mcp.NewTool(name), run) }",
        "for _, one := range []Def{{Name: NAME}} { s.AddTool(mcp.NewTool(one.Name), run) }",
        's.RegisterTool(NAME, "Does it", run)',
        "tool := mcp.NewTool(NAME); s.AddTool(tool, traced(run))",
        "s.AddTool(mcp.NewTool(NAME), (&Server{}).handle)",
        "s.AddTool(mcp.NewTool(NAME), factory(client))",
        "s.AddTool(mcp.NewTool(NAME), func(ctx context.Context, r mcp.CallToolRequest) (*R, error) { return })",
    ],
    ids=[
        *("call", "pair", "list", "function that gives back both", "helper", "loop over names", "loop over structs"),
        *("name and text", "wrapped", "method", "factory", "literal"),
    ],
)
def test_a_tool_is_found_with_what_runs_it_however_it_is_added(text: str) -> None:
    read = tools(
        f'const NAME = "do_it"\n{RUN}func main() {{ {text} }}\n',
        helpers="""
        type Server struct {}
        func (s *Server) handle(ctx context.Context, r mcp.CallToolRequest) (*R, error) { return nil, nil }
        func add(s *server.MCPServer, name string) { s.AddTool(mcp.NewTool(name), run) }
        func made() (mcp.Tool, server.ToolHandlerFunc) { return mcp.NewTool(NAME), run }
        func traced(next server.ToolHandlerFunc) server.ToolHandlerFunc {
            return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) { return next(ctx, r) }
        }
        func factory(c *Client) server.ToolHandlerFunc {
            return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil }
        }
        """,
    )
    assert list(read) == ["do_it"]
    assert read["do_it"].handler is not None


def test_options_of_helpers_and_texts_of_translations_count() -> None:
    read = tools(
        """
        func paged() mcp.ToolOption {
            return func(tool *mcp.Tool) { mcp.WithNumber("page", mcp.Description("Page"))(tool) }
        }

        func List(t TranslationHelperFunc) (tool mcp.Tool, handler server.ToolHandlerFunc) {
            return mcp.NewTool("list", mcp.WithDescription(t("KEY", "Lists")), paged()),
                func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil }
        }
        """
    )["list"]
    assert read.description == "Lists"
    assert read.schema == {"type": "object", "properties": {"page": {"type": "number", "description": "Page"}}}
    assert handler(read) == ("main.go", 4)


def test_a_struct_of_arguments_alone_is_the_schema_of_a_registered_tool() -> None:
    read = tools(
        """
        type Args struct { Title string `json:"title" jsonschema:"required,description=The title, please"` }
        func main() { s.RegisterTool("hello", "Says hello", func(args Args) (*Response, error) { return nil, nil }) }
        """
    )["hello"]
    assert read.description == "Says hello"
    assert read.schema == {
        "type": "object",
        "properties": {"title": {"type": "string", "description": "The title, please"}},
        "required": ["title"],
    }
    assert read.parameters == ("args",)


def test_texts_of_functions_schemas_in_texts_and_options_behind_the_handler_count() -> None:
    read = tools(
        """
        const schema = `{"type": "object", "properties": {"a": {"type": "string"}}}`
        type GetParams struct { UID string `json:"uid"` }
        func about() string { return fmt.Sprintf("Gets %s", "it") }
        func get(ctx context.Context, args GetParams) ([]string, error) { return nil, nil }
        var Get = x.MustTool("get", about(), get, mcp.WithTitleAnnotation("Get"), mcp.WithReadOnlyHintAnnotation(true))
        func raw() mcp.Tool { return mcp.NewToolWithRawSchema("raw", "Raw", []byte(schema)) }
        """
    )
    get, raw = read["get"], read["raw"]
    assert (get.description, get.title, get.annotations) == ("Gets it", "Get", {"readOnlyHint": True})
    assert get.schema == {"type": "object", "properties": {"uid": {"type": "string"}}, "required": ["uid"]}
    assert (raw.description, raw.schema) == (
        "Raw",
        {"type": "object", "properties": {"a": {"type": "string"}}},
    )


def test_prompts_and_resources_are_found_beside_tools() -> None:
    read = found(
        """
        func main() {
            s.AddPrompt(mcp.NewPrompt("ask", mcp.WithPromptDescription("Asks"), mcp.WithArgument("x")), prompt)
            s.AddResource(mcp.NewResource("docs://a", "A", mcp.WithResourceDescription("Docs")), docs)
            s.AddResourceTemplate(mcp.NewResourceTemplate("users://{id}", "U"), docs)
            server.AddPrompt(&mcp.Prompt{Name: "other", Description: "Other"}, prompt)
        }
        """
    ).declared
    assert [(one.kind, one.name, one.description) for one in read] == [
        (ItemKind.PROMPT, "ask", "Asks"),
        (ItemKind.RESOURCE, "docs://a", "Docs"),
        (ItemKind.RESOURCE_TEMPLATE, "users://{id}", None),
        (ItemKind.PROMPT, "other", "Other"),
    ]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("ServedTool", ("Name", "Description", "InputSchema")),
        ("map[string]any", ('"name"', '"description"', '"inputSchema"')),
    ],
)
def test_a_server_without_an_sdk_lists_its_tools_and_runs_them_by_name(kind: str, keys: tuple[str, str, str]) -> None:
    name, description, schema = keys
    read = tools(
        f"""
        func list() []{kind} {{
            return []{kind}{{{{
                {name}: "look_up", {description}: "Looks up a host.",
                {schema}: map[string]any{{
                    "type": "object", "properties": map[string]any{{"host": map[string]any{{"type": "string"}}}},
                }},
            }}}}
        }}
        func call(name string, arguments map[string]any) (any, error) {{
            switch name {{
            case "look_up":
                return lookUp(arguments["host"].(string))
            }}
            return map[string]any{{"name": "look_up", "description": "unknown"}}, nil
        }}
        func lookUp(host string) (any, error) {{ return nil, nil }}
        """
    )
    (one,) = read.values()
    assert (one.name, handler(one), one.parameters) == ("look_up", ("main.go", 3), ("host",))
    assert one.schema == {"type": "object", "properties": {"host": {"type": "string"}}}


def test_results_and_other_talk_of_tools_are_no_tools() -> None:
    text = """
        func main() {
            r := mcp.NewToolResultText("done")
            s.CallTool(ctx, "remote", nil)
            log.Println("AddTool", mcp.NewToolResultError("bad"))
            x := Tool{Name: "", Description: "none"}
        }
        """
    assert found(text).declared == ()


def test_a_tool_whose_name_is_made_at_run_time_is_told() -> None:
    (place,) = found("func main() { s.AddTool(mcp.NewTool(os.Args[1]), run) }").dynamic
    assert (place.path, place.line, place.why) == ("main.go", 7, "the name of the tool is no constant")


SERVER = (
    HEAD
    + RUN
    + """
type Args struct { Name string `json:"name" jsonschema:"required"`; Inner *Args }
func page() mcp.ToolOption { return func(t *mcp.Tool) { mcp.WithNumber("page")(t) } }
func both(t T) (mcp.Tool, H) { return mcp.NewTool("b", mcp.WithDescription(t("K", "B")), page()), run }
func add(s *S, name string) { s.AddTool(mcp.NewTool(name, mcp.WithString("a", mcp.Required())), wrap(run)) }
func wrap(next H) H { return func(ctx C, r R) (X, error) { return next(ctx, r) } }
func main() {
	s.AddTool(both(t)); add(s, "c")
	for _, d := range []Def{{Name: "d", Run: run}} { s.AddTool(mcp.NewTool(d.Name), d.Run) }
	mcp.AddTool(s, &mcp.Tool{Name: "e", InputSchema: Schema{Type: "object"}}, func(c C, r R, a Args) error { return e })
	s.RegisterTool("f", "F", func(a Args) (X, error) { return nil, exec.Command("sh", "-c", a.Name).Run() })
}
"""
).encode()


@given(st.lists(st.tuples(st.integers(0, len(SERVER)), st.integers(0, 40), st.binary(max_size=6)), max_size=4))
@settings(max_examples=120, deadline=None)
def test_no_mutation_of_a_server_breaks_the_search_for_its_tools(cuts: list[tuple[int, int, bytes]]) -> None:
    source = SERVER
    for at, cut, put in cuts:
        source = source[:at] + put + source[at + cut :]
    names = {one.name for one in find(Project({"main.go": Go().lower(source, "main.go", DEFAULT_LIMITS)})).declared}
    assert names == {"b", "c", "d", "e", "f"} or cuts


def test_helpers_that_call_one_another_without_end_come_to_an_end() -> None:
    many = "".join(f"func f{n}() mcp.Tool {{ {'; '.join([f'return f{(n + 1) % 9}()'] * 30)} }}\n" for n in range(9))
    wide = "".join(f"var o{n} = []mcp.ToolOption{{{', '.join([f'o{n + 1}...'] * 30)}}}\n" for n in range(9))
    read = tools(f'{many}{wide}func main() {{ s.AddTool(f0(), run); s.AddTool(mcp.NewTool("x", o0...), run) }}')
    assert list(read) == ["x"]
