"""Tools that functions, objects and tables of a server register are found under the names that those are given."""

from __future__ import annotations

from textwrap import dedent

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, find


def tools(**files: str) -> dict[str, Declared]:
    """The tools of files that are named like ``main_py`` and ``sub_ts``."""
    modules: dict[str, ir.Module] = {}
    for name, text in files.items():
        path = ".".join(name.rsplit("_", 1))
        module = front_ends.lower(dedent(text).encode(), path, DEFAULT_LIMITS)
        assert module is not None
        modules[path] = module
    return {one.name: one for one in find(Project(modules)).declared if one.kind is ItemKind.TOOL}


def told(**files: str) -> dict[str, str | None]:
    return {name: one.description for name, one in tools(**files).items()}


def runs(one: Declared, text: str) -> bool:
    """Whether a tool is run by the function on the line that begins with a text."""
    return one.handler is not None and one.handler.path == text


def test_a_helper_declares_a_tool_for_each_of_its_calls() -> None:
    read = tools(
        help_ts="""
        export function reg(server, name, config, run) {
          server.registerTool(name, { description: config.text, inputSchema: { ...config.shape, extra: z.string() } },
            async (args) => { log(name); return await run(args); });
        }
        """,
        main_ts="""
        import { reg as put } from "./help.js";
        put(server, "one", { text: "First.", shape: { a: z.number() } }, async ({ a }) => a);
        put(server, "two", { text: "Second.", shape: {} }, second);
        function second(input) { return input; }
        """,
    )
    assert {name: one.description for name, one in read.items()} == {"one": "First.", "two": "Second."}
    assert [one.how for one in read.values()] == ["helper", "helper"]
    schema = read["one"].schema
    assert isinstance(schema, dict)
    assert schema["required"] == ["a", "extra"]
    assert [one.handler and one.handler.path for one in read.values()] == ["main.ts", "main.ts"]
    assert [one.parameters for one in read.values()] == [("a",), ("input",)]


def test_what_a_helper_makes_of_its_arguments_counts_and_not_their_order() -> None:
    main = """
    function start() {
      const tool = (name, title, text, shape, run) => {
        server.registerTool(name, { title, description: text, inputSchema: shape }, async (args) => run(args));
      };
      tool("tap", "Tap it", "Taps the screen.", { x: z.number() }, async ({ x }) => x);
    }
    """
    read = tools(main_ts=main)["tap"]
    assert (read.title, read.description, read.parameters) == ("Tap it", "Taps the screen.", ("x",))


def test_a_helper_of_a_helper_goes_on_with_a_text_where_its_conditions_hold() -> None:
    main = """
    function add(name, text) { server.tool(name, text, {}, async () => 1); }
    export function make(options) {
      let text = options.text;
      if (options.id && options.mode !== "new") {
        text += ` Takes ${options.id}.`;
      }
      return add(options.name, text);
    }
    make({ name: "drop", text: "Drops.", id: "key", mode: "old" });
    make({ name: "make", text: "Makes.", id: "key", mode: "new" });
    make({ name: "list", text: "Lists." });
    """
    assert told(main_ts=main) == {"drop": "Drops. Takes key.", "make": "Makes.", "list": "Lists."}


def test_a_decorator_that_registers_gives_its_own_name_to_what_it_decorates() -> None:
    main = '''
    def register(name):
        def decorator(fn):
            server.tool(fn, name=f"wiki_{name}")
            return fn
        return decorator

    @register("search")
    def find(query: str):
        """Finds."""
    '''
    read = tools(main_py=main)["wiki_search"]
    assert read.description == "Finds."
    assert read.parameters == ("query",)


def test_a_method_that_registers_takes_prefixes_from_the_object_that_it_is_called_on() -> None:
    read = told(
        sub_py='''
        class Base:
            def __init__(self, server, prefix: str = ""):
                self.server = server
                self.prefix = prefix

        class Genes(Base):
            def register(self):
                self.server.tool(name=f"{self.prefix}gene", description=self.gene.__doc__)(self.gene)

            def gene(self, key: str):
                """A gene."""
        ''',
        main_py="""
        from sub import Genes
        class Main:
            def __init__(self, prefix="bio_"):
                self.prefix = prefix
                self.genes = Genes(self, self.prefix)
                self.genes.register()
        """,
    )
    assert read == {"bio_gene": "A gene."}


def test_classes_hand_their_names_to_the_class_above() -> None:
    main = """
    NAME = "vault_list"
    class Handler:
        def __init__(self, name):
            self.name = name

    class List(Handler):
        def __init__(self):
            super().__init__(NAME)

        def described(self):
            return Tool(name=self.name, description="Lists.", inputSchema={"type": "object", "properties": {}})
    """
    assert told(main_py=main) == {"vault_list": "Lists."}


def test_a_table_of_tools_goes_through_filters_unpacking_and_lists_that_grow() -> None:
    read = told(
        parts_py="""
        def read(): "Reads."
        def write(): "Writes."
        READ, WRITE = [read], [write]
        def chosen(readonly=True):
            found = list(READ_ONLY)
            if not readonly:
                found.extend([write])
            return found
        READ_ONLY = [read]
        """,
        main_py="""
        from parts import chosen
        def prepared(off):
            kept = [each for each in chosen() if each.__name__ not in off]
            final = []
            for each in kept:
                final.append(wrap(each))
            return final, set(off)
        def start(off):
            tools, _ = prepared(off)
            for each in tools:
                mcp.add_tool(FunctionTool.from_function(each))
        """,
    )
    assert read == {"read": "Reads.", "write": "Writes."}


def test_what_reads_the_description_of_a_tool_is_none() -> None:
    read = told(
        app_py="""
        class App:
            def text(self, name: str) -> str:
                \"\"\"Reads a text.\"\"\"
                return open(name).read()
            def register(self, run, name: str):
                made = Tool.from_function(run, description=self.text(name))
                self.mcp.add_tool(made)
        """,
        main_py="""
        from app import App
        def find(word: str):
            \"\"\"Finds a word.\"\"\"
        app = App()
        app.register(find, "find.md")
        """,
    )
    assert list(read) == ["find"]


def test_a_decorator_that_keeps_functions_for_a_loop_declares_them() -> None:
    read = told(
        kept_py="""
        KEPT: list = []
        def logged(mark: str):
            def around(func):
                @functools.wraps(func)
                def wrapper(*args, **kwargs):
                    log(mark)
                    return func(*args, **kwargs)
                KEPT.append((func.__name__, cast(Any, wrapper)))
                return wrapper
            return around
        def timed(func):
            TIMES.append(func)
            return func
        TIMES = []
        def start(mcp):
            for _, wrapper in KEPT:
                mcp.tool()(wrapper)
        """,
        main_py="""
        from kept import logged, timed
        @logged("a")
        def find(word: str):
            \"\"\"Finds a word.\"\"\"
        @timed
        def measure(): ...
        """,
    )
    assert read == {"find": "Finds a word."}


def test_what_is_got_from_a_table_is_what_it_holds() -> None:
    read = tools(
        main_py="""
        def drop(name: str): ...
        TABLE = {"drop": {"text": "Drops.", "func": drop, "old": False}, "keep": {"text": "Keeps."}}
        def start():
            for name, about in TABLE.items():
                run = about.get("func")
                if run is None:
                    continue
                server.tool(name=name, description=about["text"])(run)
        """,
    )
    assert {name: one.handler is not None for name, one in read.items()} == {"drop": True, "keep": False}


def test_a_table_with_an_unknown_key_gives_all_that_it_holds() -> None:
    main = """
    def pools():
        return [(drop, "drop_pool", "Drops.", False), (drop, "list_pools", "Lists.", True)]
    def drop(name: str): ...
    PARTS = {Kind.POOL: pools}
    def start(kinds):
        for kind in kinds:
            listed = PARTS[Kind(kind)]()
            for run, name, text, *_ in listed:
                app.add_tool(Tool.from_function(run, name=name, description=text))
    """
    assert told(main_py=main) == {"drop_pool": "Drops.", "list_pools": "Lists."}


def test_the_exports_of_a_module_are_a_table_too() -> None:
    read = tools(
        one_ts='export const go = make({ name: "go", text: "Goes." });\nfunction make(x) { return x; }',
        main_ts="""
        import * as all from "./one.js";
        for (const each of Object.values(all)) {
          server.tool(each.name, each.text, { a: z.string() }, async (args) => each.run(args));
        }
        """,
    )
    assert {name: one.description for name, one in read.items()} == {"go": "Goes."}


def test_objects_of_a_class_keep_what_they_are_made_with() -> None:
    main = """
    class Api {
      constructor(points) { this.points = points.map((point) => { tidy(point); return point; }); }
    }
    const first = new Api([{ alias: "send-mail", text: "Sends." }]);
    const every = [...first.points, ...new Api([{ alias: "read-mail", text: "Reads." }]).points];
    function start(server) {
      for (const tool of every) server.registerTool(tool.alias, { description: tool.text }, async () => 1);
    }
    """
    assert told(main_ts=main) == {"send-mail": "Sends.", "read-mail": "Reads."}


def test_a_function_is_called_what_its_name_is_set_to() -> None:
    main = '''
    def make(app):
        def listed(key):
            """Lists comments."""
        listed.__name__ = f"list_{app}_comments"
        server.tool(title="x")(listed)
    make("sheet")
    make("doc")
    '''
    assert told(main_py=main) == {"list_sheet_comments": "Lists comments.", "list_doc_comments": "Lists comments."}


def test_a_default_is_the_name_where_no_call_gives_another() -> None:
    main = """
    def build(name="search"):
        return Tool(name=name, description="Searches.", inputSchema={"type": "object", "properties": {}})
    """
    assert told(main_py=main) == {"search": "Searches."}


def test_helpers_that_call_one_another_come_to_an_end() -> None:
    main = """
    function a(name) { server.tool(name, "x", {}, f); b(name); }
    function b(name) { a(name); b(name + name); }
    """
    assert told(main_ts=main) == {}


def test_a_factory_that_gives_back_objects_makes_a_tool_for_each_of_its_calls() -> None:
    main = """
    const defined = (name, description, inputSchema, handler) => ({ name, description, inputSchema, handler });
    export const list = [
      defined("ping", "Pings.", { type: "object", properties: { host: { type: "string" } } },
        async (args) => args.host),
    ];
    """
    read = tools(main_ts=main)["ping"]
    assert read.schema == {"type": "object", "properties": {"host": {"type": "string"}}}
    assert (read.description, read.parameters) == ("Pings.", ("args",))


def test_objects_of_a_tool_class_are_tools_by_what_they_are_made_with() -> None:
    main = """
    class ApiTool {
      constructor(name, description, inputSchema) {
        this.name = name; this.description = description; this.inputSchema = inputSchema;
      }
      async execute(args) { return args.id; }
    }
    const all = [new ApiTool("get", "Gets.", { id: z.string() }), new ApiTool("drop", "Drops.", { id: z.string() })];
    """
    read = tools(main_ts=main)
    assert {name: (one.description, one.how) for name, one in read.items()} == {
        "get": ("Gets.", "class"),
        "drop": ("Drops.", "class"),
    }
    assert all(one.handler is not None for one in read.values())


def test_lists_that_double_one_another_come_to_an_end() -> None:
    doubled = "".join(f"l{i} = [y for x in l{i + 1} for y in l{i + 1}]\n" for i in range(12))
    assert told(main_py=f"{doubled}l12 = [f, f, f, f]\nfor x in l0: mcp.add_tool(x)\n") == {}


def test_a_list_that_is_made_of_its_own_items_comes_to_an_end() -> None:
    text = "def add(given):\n    tools = [tool for tool in tools if tool in given]\n"
    assert told(main_py=f"{text}    for tool in tools:\n        mcp.add_tool(tool)\n") == {}


def test_a_helper_that_a_file_hands_out_by_default_declares_a_tool_for_each_of_its_calls() -> None:
    read = told(
        help_js="""
        exports.default = reg;
        function reg(server, name, config, run) { server.registerTool(name, config, async (args) => await run(args)); }
        """,
        main_js="""
        const help_1 = __importDefault(require("./help"));
        const other_1 = __importDefault(require("other"));
        (0, help_1.default)(server, "one", { description: "First.", inputSchema: {} }, async (a) => a);
        help_1.default(server, "two", { description: "Second.", inputSchema: {} }, async (a) => a);
        other_1.default(server, "three", { description: "Third." }, async (a) => a);
        """,
    )
    assert read == {"one": "First.", "two": "Second."}


def test_a_wrapper_that_takes_over_the_name_of_what_it_wraps_is_no_tool_by_its_own() -> None:
    read = told(
        main_py="""
        def traced(func):
            @functools.wraps(func)
            def inner(*args, **kwargs):
                return func(*args, **kwargs)
            return mcp.tool(inner)

        @traced
        def add(a: int) -> int:
            "Adds."
            return a
        """
    )
    assert read == {"add": "Adds."}


def test_what_a_decorator_of_ones_own_wraps_is_declared_under_its_own_name() -> None:
    read = tools(
        main_py='''
        from functools import wraps
        from fastmcp import FastMCP
        mcp = FastMCP("x")

        def tool(fn):
            @mcp.tool
            @wraps(fn)
            def wrapper(*args, **kwargs):
                return fn(*args, **kwargs)
            return wrapper

        @tool
        def one(name: str) -> str:
            """First."""
            return name

        @tool
        def two(count: int = 1) -> int:
            """Second."""
            return count
        ''',
    )
    assert {name: one.description for name, one in read.items()} == {"one": "First.", "two": "Second."}
    assert [one.parameters for one in read.values()] == [("name",), ("count",)]
    assert all(one.around is not None and one.around.function is not None for one in read.values())


def test_the_function_that_a_helper_keeps_beside_a_tool_runs_it() -> None:
    read = tools(
        main_py="""
        from mcp.types import Tool

        class Desk:
            def __init__(self):
                self.tools = {}
                self._register("one", "First.", {"a": {"type": "string"}}, self.first)
                self._register("two", "Second.", {}, self.second)

            def _register(self, name, text, props, handler):
                schema = {"type": "object", "properties": props, "required": list(props)}
                self.tools[name] = (Tool(name=name, description=text, inputSchema=schema), handler)

            async def first(self, args):
                return args["a"]

            async def second(self, args):
                return 2
        """,
    )
    assert [one.handler is not None for one in read.values()] == [True, True]
    assert [one.parameters for one in read.values()] == [("args",), ("args",)]
    schema = read["one"].schema
    assert isinstance(schema, dict)
    assert schema["properties"] == {"a": {"type": "string"}}


def test_a_function_beside_a_constant_runs_what_a_helper_of_java_makes() -> None:
    read = tools(
        Main_java="""
        import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
        import io.modelcontextprotocol.spec.McpSchema.Tool;
        class Main {
          private static final String SCHEMA = "{\\"type\\": \\"object\\", \\"properties\\": {\\"a\\": {}}}";
          interface Action { String run(Map<String, Object> args); }
          static SyncToolSpecification tool(String name, String text, String schema, Action action) {
            return new SyncToolSpecification(new Tool(name, text, schema), (exchange, args) -> action.run(args));
          }
          static List<SyncToolSpecification> tools(Desk desk) {
            return List.of(tool("one", "First.", Main.SCHEMA, args -> desk.one(args.get("a"))));
          }
        }
        """,
    )
    assert [one.handler is not None for one in read.values()] == [True]
    assert read["one"].schema == {"type": "object", "properties": {"a": {}}}


def test_the_function_that_a_helper_of_go_is_given_runs_the_tool_and_its_options_may_grow() -> None:
    read = tools(
        main_go="""
        package main
        import ("github.com/mark3labs/mcp-go/mcp"; "github.com/mark3labs/mcp-go/server")
        type action func(args map[string]string) (string, error)
        func handler(names []string, run action) server.ToolHandlerFunc {
            return func(_ context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
                text, err := run(nil)
                return mcp.NewToolResultText(text), err
            }
        }
        func add(s *server.MCPServer, name, text string, run action, args ...string) {
            options := []mcp.ToolOption{mcp.WithDescription(text)}
            for _, arg := range args { options = append(options, mcp.WithString(arg)) }
            s.AddTool(mcp.NewTool(name, options...), handler(args, run))
        }
        func main() {
            s := server.NewMCPServer("x", "1")
            add(s, "one", "First.", func(a map[string]string) (string, error) { return a["path"], nil }, "path")
        }
        """,
    )
    assert [one.handler is not None for one in read.values()] == [True]
    assert read["one"].schema is None
