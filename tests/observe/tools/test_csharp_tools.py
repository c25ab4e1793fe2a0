"""Tools of C# servers, in every idiom, and what their data does: vulnerable ones beside repaired ones."""

from __future__ import annotations

import pytest

from driftseal.code.csharp import CSharp
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.taint import flows, models
from driftseal.observe.tools import find
from driftseal.observe.tools.declared import Declared
from growth import grows_linearly

CLASS = """using ModelContextProtocol.Server;
[McpServerToolType] public class Tools(IDbConnection db, HttpClient http) {
  private const string Root = "/srv/data";
  private readonly MyDb _context;
  %s
}
class MyDb : DbContext { public DbSet<User> Users { get; set; } }
"""
TOOL = "[McpServerTool] public async Task<object> Go(string x) { %s }"


def project(*sources: str) -> Project:
    front = CSharp()
    named = {f"{number}.cs": source for number, source in enumerate(sources)}
    return Project({path: front.lower(text.encode(), path, DEFAULT_LIMITS) for path, text in named.items()})


def declared(*sources: str) -> list[Declared]:
    return list(find(project(*sources)).declared)


def told(*sources: str) -> list[tuple[str, str]]:
    """Kind of sink and guard of what comes from a tool's caller."""
    whole = project(*sources)
    entries = [
        flows.Entry(one.handler, f"tool:{one.name}", () if one.fields else one.parameters)
        for one in find(whole).declared
        if one.handler is not None
    ]
    found = flows.analyse(whole, entries, {"csharp": models.load("csharp")}, DEFAULT_LIMITS)
    return sorted(
        {
            (each.sink.kind, each.guard)
            for each in found.flows
            if each.source.kind == "parameter" and each.sink.kind not in {"log", "result"}
        }
    )


# --- the manifest ----------------------------------------------------------------------------


def test_an_attribute_makes_a_tool_of_a_method() -> None:
    (tool,) = declared(
        CLASS % '[McpServerTool(Name = "read_it", Title = "Read", ReadOnly = true, Destructive = false), Description('
        '"Reads " + Root)]\n public static async Task<string> ReadAsync(IFiles files, [Description("Where")] string '
        "path, int? limit = 3, CancellationToken ct = default) { return path; }"
    )
    assert (tool.name, tool.title, tool.description, tool.line) == ("read_it", "Read", "Reads /srv/data", 5)
    assert tool.annotations == {"readOnlyHint": True, "destructiveHint": False}
    assert tool.parameters == ("path", "limit")
    assert tool.schema == {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Where"},
            "limit": {"type": ["integer", "null"], "default": 3},
        },
        "required": ["path"],
    }


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("string GetURLPath()", "get_url_path"),
        ("Task<string> FetchAsync()", "fetch"),
        ("string Async()", "async"),
        ("string ReadAsync()", "read_async"),
    ],
)
def test_a_tool_without_a_name_has_its_methods_in_small_letters(method: str, name: str) -> None:
    (tool,) = declared(CLASS % f"[McpServerTool] public static {method} {{ return null; }}")
    assert tool.name == name


def test_records_lists_and_enumerations_have_their_schemas() -> None:
    (tool,) = declared(
        CLASS % "[McpServerTool] public void F(Filter filter, List<string> tags, Mode mode, Guid id) { }"
        + "public record Filter([property: X] string UserName, Dictionary<string, int> N); enum Mode { A, B }"
    )
    assert isinstance(tool.schema, dict)
    assert tool.schema["properties"] == {
        "filter": {
            "type": "object",
            "properties": {
                "userName": {"type": "string"},
                "n": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "mode": {"type": "string", "enum": ["A", "B"]},
        "id": {"type": "string", "format": "uuid"},
    }


@pytest.mark.parametrize(
    ("source", "kind", "name", "description"),
    [
        ('[McpServerPrompt, Description("p")] public static string Ask() => "";', ItemKind.PROMPT, "ask", "p"),
        (
            '[McpServerResource(UriTemplate = "a://{b}")] public static string R(string b) => b;',
            ItemKind.RESOURCE_TEMPLATE,
            "a://{b}",
            None,
        ),
        (
            '[McpServerResource(UriTemplate = "a://b")] public static string R() => "";',
            ItemKind.RESOURCE,
            "a://b",
            None,
        ),
        ('[KernelFunction("sum"), Description("Adds")] public int Add(int a) => a;', ItemKind.TOOL, "sum", "Adds"),
        ("[KernelFunction] public Task<int> AddAsync(int a) => a;", ItemKind.TOOL, "Add", None),
        (
            '[Function("f")] public string F([McpToolTrigger("save", "Saves")] ToolInvocationContext c) => "";',
            ItemKind.TOOL,
            "save",
            "Saves",
        ),
        (
            'void S() { McpServerTool.Create((string a) => a, new() { Name = "made", Description = "M" }); }',
            ItemKind.TOOL,
            "made",
            "M",
        ),
        ('void S() { AIFunctionFactory.Create(F, "f", "F."); } string F(string a) => a;', ItemKind.TOOL, "f", "F."),
        (
            'void S() { AIFunctionFactory.Create(FindIt); } [Description("F.")] Task<string> FindIt(string a) => null;',
            ItemKind.TOOL,
            "FindIt",
            "F.",
        ),
    ],
)
def test_every_other_idiom_is_known(source: str, kind: ItemKind, name: str, description: str | None) -> None:
    (one,) = declared(CLASS % source)
    assert (one.kind, one.name, one.description) == (kind, name, description)
    assert one.handler is not None


LOW = """
McpServerOptions options = new() { Handlers = new() {
  ListToolsHandler = (request, ct) => ValueTask.FromResult(new ListToolsResult { Tools = [
    new Tool { Name = "echo", Description = "Echoes", InputSchema = JsonSerializer.Deserialize<JsonElement>(\"\"\"
      { "type": "object", "properties": { "message": { "type": "string" } } }
      \"\"\") },
    new Tool { Name = "run", Description = "Runs" } ] }),
  CallToolHandler = async (request, ct) => {
    if (request.Params?.Name == "run") {
      if (request.Params.Arguments?.TryGetValue("c", out var c) is not true) throw new McpException("c");
      Process.Start("sh", $"-c {c}");
    }
    return new CallToolResult();
  } } };
"""


def test_low_level_tools_have_the_handler_that_looks_at_their_name() -> None:
    echo, run = declared(LOW)
    assert (echo.name, echo.description, run.name) == ("echo", "Echoes", "run")
    assert echo.schema == {"type": "object", "properties": {"message": {"type": "string"}}}
    assert echo.handler == run.handler is not None
    assert run.fields


def test_a_dispatcher_does_for_one_tool_what_it_does_under_its_name() -> None:
    whole = project(LOW)
    entries = [flows.Entry(one.handler, f"tool:{one.name}") for one in find(whole).declared if one.handler is not None]
    found = flows.analyse(whole, entries, {"csharp": models.load("csharp")}, DEFAULT_LIMITS)
    assert {(each.tool, each.sink.kind, each.guard) for each in found.flows if each.sink.kind == "command"} == {
        ("tool:run", "command", "")
    }


# --- flows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vulnerable", "kind", "fixed"),
    [
        ('Process.Start("bash", $"-c \\"{x}\\"");', "command", 'Process.Start("ls", ["--", x]);'),
        (
            'var p = new ProcessStartInfo("sh"); p.ArgumentList.Add("-c"); p.ArgumentList.Add(x); Process.Start(p);',
            "command",
            'var p = new ProcessStartInfo("ls"); p.ArgumentList.Add("--"); p.ArgumentList.Add(x); Process.Start(p);',
        ),
        (
            'var p = new Process(); p.StartInfo.FileName = "cmd"; p.StartInfo.Arguments = "/c dir " + x; p.Start();',
            "command",
            'var p = new Process(); p.StartInfo.FileName = "cmd.exe"; p.StartInfo.Arguments = "/c dir"; p.Start();',
        ),
        ('Process.Start("git", $"clone {x}");', "argv-option", 'Process.Start("git", "status");'),
        (
            "return File.ReadAllText(Path.Combine(Root, x));",
            "path-read",
            "return File.ReadAllText(Path.GetFileName(x));",
        ),
        ("return await http.GetStringAsync(x);", "ssrf", "return await http.GetStringAsync(Root);"),
        (
            'var c = new SqlCommand($"SELECT {x}"); c.ExecuteReader();',
            "sql",
            'var c = new SqlCommand("SELECT @x"); c.Parameters.AddWithValue("@x", x); c.ExecuteReader();',
        ),
        (
            'using var c = db.CreateCommand(); c.CommandText = "SELECT " + x; c.ExecuteNonQuery();',
            "sql",
            'using var c = db.CreateCommand(); c.CommandText = "SELECT 1"; c.ExecuteNonQuery();',
        ),
        (
            'return await db.QueryAsync<int>($"SELECT {x}");',
            "sql",
            'return await db.QueryAsync<int>("SELECT @x", new { x });',
        ),
        (
            '_context.Users.FromSqlRaw($"SELECT {x}");',
            "sql",
            '_context.Users.FromSqlInterpolated($"SELECT {x}");',
        ),
        (
            "new BinaryFormatter().Deserialize(new MemoryStream(Convert.FromBase64String(x)));",
            "deserialise",
            "JsonSerializer.Deserialize<int>(x);",
        ),
        (
            "JsonConvert.DeserializeObject(x, new JsonSerializerSettings { TypeNameHandling = TypeNameHandling.All });",
            "deserialise",
            "JsonConvert.DeserializeObject<int>(x);",
        ),
        ("return await CSharpScript.EvaluateAsync(x);", "code", "return int.Parse(x);"),
        ("return Template.Parse(x).Render();", "template", 'return Template.Parse("{{x}}").Render(new { x });'),
    ],
)
def test_a_vulnerable_tool_is_told_from_its_repaired_twin(vulnerable: str, kind: str, fixed: str) -> None:
    assert (kind, "") in told(CLASS % TOOL % vulnerable)
    assert told(CLASS % TOOL % fixed) == []


@pytest.mark.parametrize(
    ("check", "guard"),
    [
        ("if (!full.StartsWith(Root)) throw new E();", "weak"),
        ("if (!full.StartsWith(Root + Path.DirectorySeparatorChar)) throw new E();", "strong"),
        ('if (!full.StartsWith($"{Root}/", StringComparison.Ordinal)) return null;', "strong"),
        ('if (Path.GetRelativePath(Root, full).StartsWith("..")) throw new E();', "strong"),
        ('if (!Regex.IsMatch(full, "^[a-z]+$")) throw new E();', "strong"),
        ("Check(full);", "strong"),
    ],
)
def test_a_check_on_a_path_is_as_good_as_what_it_checks(check: str, guard: str) -> None:
    helper = "static void Check(string p) { if (!p.StartsWith(Root + '/')) throw new E(); }"
    inside = f"var full = Path.GetFullPath(Path.Combine(Root, x)); {check} return File.ReadAllText(full);"
    assert told(CLASS % (TOOL % inside + helper)) == [("path-read", guard)]


def test_data_is_followed_into_a_service_of_another_file() -> None:
    tool = CLASS % "[McpServerTool] public static string Go(FileService files, string x) => files.Read(x);"
    service = "public class FileService { public string Read(string p) { return Inner(p); } "
    service += "private string Inner(string q) => File.ReadAllText(q); }"
    assert told(tool, service) == [("path-read", "")]


def test_a_very_long_name_takes_no_quadratic_time() -> None:
    def look(count: int) -> None:
        (tool,) = declared(CLASS % f"[McpServerTool] public static string {'A' * count}(string a) => a;")
        assert tool.name == "a" * count

    assert grows_linearly(look, 12_500)
