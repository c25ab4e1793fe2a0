"""Tools of Rust servers, in every idiom, and what their data does: vulnerable ones beside repaired ones."""

from __future__ import annotations

import pytest

from driftseal.code.project import Project
from driftseal.code.rust import Rust
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.taint import flows, models
from driftseal.observe.tools import find
from driftseal.observe.tools.declared import Declared

HEAD = """use std::path::{Path, PathBuf};
use std::process::Command;
const ROOT: &str = "/srv/data";
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Args { /// What to do
    pub x: String, #[schemars(description = "where")] pub work_dir: Option<PathBuf>, #[serde(default)] n: u32 }
struct Server { client: reqwest::Client, conn: rusqlite::Connection, pool: SqlitePool }
"""
TOOL = """#[tool_router] impl Server {
    #[tool(description = "Goes")] async fn go(&self, Parameters(args): Parameters<Args>) -> Result<String, E> {
        let x = args.x; %s Ok("".into())
    }
}
"""


def project(*sources: str) -> Project:
    front = Rust()
    names = ("src/main.rs", "src/util.rs")
    named = dict(zip(names, sources, strict=False))
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
    found = flows.analyse(whole, entries, {"rust": models.load("rust")}, DEFAULT_LIMITS)
    return sorted(
        {
            (each.sink.kind, each.guard)
            for each in found.flows
            if each.source.kind == "parameter" and each.sink.kind not in {"log", "result"}
        }
    )


# --- the manifest ----------------------------------------------------------------------------


def test_a_method_with_parameters_is_a_tool_with_their_schema() -> None:
    (tool,) = declared(HEAD + TOOL % "")
    assert (tool.name, tool.description, tool.parameters, tool.line) == ("go", "Goes", ("args",), 10)
    assert tool.schema == {
        "type": "object",
        "properties": {
            "x": {"type": "string", "description": "What to do"},
            "workDir": {"type": ["string", "null"], "description": "where"},
            "n": {"type": "integer", "format": "uint32", "minimum": 0},
        },
        "required": ["x"],
    }


def test_doc_comments_describe_and_annotations_hint() -> None:
    (tool,) = declared(
        HEAD + 'impl Server {\n /// Reads.\n /// Always.\n #[tool(name = "read_it", annotations(title = "Read", '
        "read_only_hint = true, open_world_hint = false))]\n fn r(&self, p: Parameters<Args>) -> String { p.0.x } }"
    )
    assert (tool.name, tool.title, tool.description) == ("read_it", "Read", "Reads.\nAlways.")
    assert tool.annotations == {"readOnlyHint": True, "openWorldHint": False}


def test_marked_parameters_are_the_arguments() -> None:
    (tool,) = declared(
        '#[tool(tool_box)] impl S { #[tool(description = "a")] fn add(&self, #[tool(param)] #[schemars(description = '
        '"left")] a: i32, #[tool(param)] b: Vec<f64>, ctx: RequestContext<R>) -> i32 { a } }'
    )
    assert tool.parameters == ("a", "b")
    assert tool.schema == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "format": "int32", "description": "left"},
            "b": {"type": "array", "items": {"type": "number", "format": "double"}},
        },
        "required": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("source", "kind", "name", "description"),
    [
        (
            '#[prompt_router] impl S { #[prompt(name = "ask", description = "A")] fn a(&self) -> P { p() } }',
            ItemKind.PROMPT,
            "ask",
            "A",
        ),
        (
            '#[mcp_tool(name = "hello", description = "Says")] struct H { who: String }',
            ItemKind.TOOL,
            "hello",
            "Says",
        ),
        ('fn l() -> T { Tool::new("low", "Low.", schema()) }', ItemKind.TOOL, "low", "Low."),
        (
            'fn l() -> T { Tool { name: "lit".into(), description: Some("L".into()), input_schema: s() } }',
            ItemKind.TOOL,
            "lit",
            "L",
        ),
        ('fn l() -> T { RawResource::new("a://b", "b") }', ItemKind.RESOURCE, "a://b", None),
    ],
)
def test_every_other_idiom_is_known(source: str, kind: ItemKind, name: str, description: str | None) -> None:
    (one,) = declared(source)
    assert (one.kind, one.name, one.description) == (kind, name, description)


LOW = """
impl ServerHandler for Low {
    async fn list_tools(&self) -> R { Ok(vec![
        Tool::new("read", "Reads", Arc::new(json!({"type": "object", "properties": {"p": {"type": "string"}}}))),
        Tool::new("other", "Does nothing", json!({"type": "object"}))]) }
    async fn call_tool(&self, request: CallToolRequestParam, context: RequestContext<S>) -> R {
        match request.name.as_ref() {
            "read" => self.read(request.arguments).await,
            "other" => Ok(R::default()),
            _ => Err(E),
        }
    }
}
impl Low { async fn read(&self, args: Option<JsonObject>) -> R { Ok(std::fs::read_to_string(args["p"].as_str())?) } }
"""


def test_low_level_tools_have_the_arm_that_has_their_name() -> None:
    read, other = declared(LOW)
    assert (read.name, read.description, other.name) == ("read", "Reads", "other")
    assert read.schema == {"type": "object", "properties": {"p": {"type": "string"}}}
    assert read.handler is not None
    assert project(LOW).function(read.handler).name == "read"
    assert told(LOW) == [("path-read", "")]


# --- flows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vulnerable", "kind", "fixed"),
    [
        (
            'Command::new("sh").arg("-c").arg(&x).output()?;',
            "command",
            'Command::new("ls").arg("--").arg(&x).output()?;',
        ),
        (
            'let mut c = tokio::process::Command::new("sh"); c.arg("-c"); c.arg(format!("ls {x}")); c.spawn()?;',
            "command",
            'let mut c = tokio::process::Command::new("ls"); c.arg("-l"); c.arg("--"); c.arg(&x); c.spawn()?;',
        ),
        (
            'Command::new("git").args(["clone", &x]).status()?;',
            "argv-option",
            'Command::new("git").args(["log"]).status()?;',
        ),
        ("Command::new(x).spawn()?;", "command", 'Command::new("ls").spawn()?;'),
        (
            "let t = std::fs::read_to_string(Path::new(ROOT).join(&x))?;",
            "path-read",
            "let t = std::fs::read_to_string(Path::new(&x).file_name()?)?;",
        ),
        ("tokio::fs::remove_file(&x).await?;", "path-delete", "let n: u32 = x.len();"),
        ("reqwest::get(&x).await?.text().await?;", "ssrf", 'reqwest::get("https://a.example/").await?.text().await?;'),
        ("self.client.post(x).send().await?;", "ssrf", "self.client.post(ROOT).send().await?;"),
        (
            'sqlx::query(&format!("SELECT {x}")).fetch_all(&self.pool).await?;',
            "sql",
            'sqlx::query("SELECT ?").bind(&x).fetch_all(&self.pool).await?;',
        ),
        (
            'self.conn.execute(&format!("DELETE {}", x), [])?;',
            "sql",
            'self.conn.execute("DELETE FROM t WHERE a = ?1", params![x])?;',
        ),
        ("let l = libloading::Library::new(&x)?;", "code", 'let l = libloading::Library::new("a.so")?;'),
        (
            "minijinja::Environment::new().render_str(&x, ())?;",
            "template",
            'minijinja::Environment::new().render_str("{{ x }}", context(x))?;',
        ),
    ],
)
def test_a_vulnerable_tool_is_told_from_its_repaired_twin(vulnerable: str, kind: str, fixed: str) -> None:
    assert (kind, "") in told(HEAD + TOOL % vulnerable)
    assert told(HEAD + TOOL % fixed) == []


@pytest.mark.parametrize(
    ("check", "guard"),
    [
        ('if full.to_string_lossy().contains("..") { return Err(E); }', "weak"),
        ("if !full.starts_with(ROOT) { return Err(E); }", "strong"),
        ('anyhow::ensure!(full.starts_with(ROOT), "outside");', "strong"),
        ("let full = safe(&x)?;", "strong"),
    ],
)
def test_a_check_on_a_path_is_as_good_as_what_it_checks(check: str, guard: str) -> None:
    helper = """fn safe(p: &str) -> Result<PathBuf, E> {
        let full = PathBuf::from(ROOT).join(p).canonicalize()?;
        if full.starts_with(ROOT) { Ok(full) } else { Err(E::Outside) }
    }"""
    inside = f"let full = Path::new(ROOT).join(&x).canonicalize()?; {check} std::fs::read_to_string(&full)?;"
    assert told(HEAD + helper + TOOL % inside) == [("path-read", guard)]


def test_a_text_that_begins_with_a_folder_may_lie_beside_it() -> None:
    inside = 'let full = format!("{}", x); if !full.starts_with(ROOT) { return Err(E); } std::fs::write(full, "a")?;'
    assert told(HEAD + TOOL % inside) == [("path-write", "weak")]


def test_the_fields_of_a_tool_that_is_a_struct_are_its_arguments() -> None:
    source = '#[mcp_tool(name = "w")] struct W { p: String }\n'
    source += 'impl W { fn call_tool(&self) { std::fs::write(&self.p, "")?; } }'
    assert told(source) == [("path-write", "")]


def test_data_is_followed_into_another_file_of_the_crate() -> None:
    main = "mod util;\nuse crate::util::load;\n" + HEAD + TOOL % "load(&x)?; util::also(&x);"
    other = "pub fn load(p: &str) -> R { std::fs::read(p)? }\npub fn also(p: &str) { std::fs::remove_file(p); }"
    assert told(main, other) == [("path-delete", ""), ("path-read", "")]
