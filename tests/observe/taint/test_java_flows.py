"""Vulnerable Java servers and their repaired twins, from the tool that is called to what it does."""

from __future__ import annotations

import pytest

from driftseal.code.java import Java
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models
from driftseal.observe.tools import find

HEAD = """package org.example.tools;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.persistence.EntityManager;
import java.io.*; import java.net.*; import java.nio.file.*; import java.sql.*; import java.util.*;
import java.util.regex.Pattern;
import java.net.http.HttpClient; import java.net.http.HttpRequest; import java.net.http.HttpResponse;
import javax.script.ScriptEngineManager; import okhttp3.OkHttpClient; import okhttp3.Request;
import org.springframework.ai.tool.annotation.Tool; import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.jdbc.core.JdbcTemplate; import org.springframework.web.client.RestTemplate;
import org.springframework.web.client.RestClient; import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

public class Tools {
  private static final Path ROOT = Path.of("/srv");
  private static final Set<String> NAMES = Set.of("a", "b");
  private final JdbcTemplate jdbc;
  private final RestTemplate rest = new RestTemplate();
  private Connection connection;
  private EntityManager entities;
"""
TOOL = """
  @Tool(description = "Does it")
  public String tool(@ToolParam(description = "What") String x, int n) throws Exception {
%s
    return "done";
  }
}
"""


def of(files: dict[str, str]) -> flows.Flows:
    """The flows of every tool that the files declare."""
    front = Java()
    project = Project({path: front.lower(text.encode(), path, DEFAULT_LIMITS) for path, text in files.items()})
    entries = [flows.Entry(one.handler, one.name) for one in find(project).declared if one.handler is not None]
    assert entries
    return flows.analyse(project, entries, {"java": models.load("java")}, DEFAULT_LIMITS)


def told(inside: str, helpers: str = "") -> list[tuple[str, str]]:
    """Kind of sink and guard of what comes from the tool's caller."""
    found = of({"Tools.java": HEAD + helpers + TOOL % inside})
    chosen = (each for each in found.flows if each.source.kind == "parameter")
    return sorted({(each.sink.kind, each.guard) for each in chosen if each.sink.kind not in {"log", "result"}})


@pytest.mark.parametrize(
    ("vulnerable", "fixed"),
    [
        ('Runtime.getRuntime().exec("ping " + x);', 'Runtime.getRuntime().exec(new String[] {"ping", "--", x});'),
        (
            'new ProcessBuilder("sh", "-c", "ls " + x).start();',
            'new ProcessBuilder("ls", "--", x).redirectErrorStream(true).start();',
        ),
        (
            "List<String> c = new ArrayList<>(); c.add(x); new ProcessBuilder(c).start();",
            "if (!NAMES.contains(x)) throw new IllegalArgumentException(); new ProcessBuilder(x).start();",
        ),
        (
            'new ProcessBuilder(Arrays.asList("bash", "-c", String.format("head -n %s f", x))).start();',
            'new ProcessBuilder(Arrays.asList("bash", "-c", String.format("head -n %d f", n))).start();',
        ),
        (
            "return Files.readString(ROOT.resolve(x));",
            (
                "Path p = ROOT.resolve(x).normalize();\n"
                "if (!p.startsWith(ROOT)) throw new SecurityException();\nreturn Files.readString(p);"
            ),
        ),
        (
            'new FileOutputStream(new File("/srv", x)).write(1);',
            (
                'File f = new File("/srv", x);\n'
                'if (!f.getCanonicalPath().startsWith("/srv/")) { throw new SecurityException(); }\n'
                "new FileOutputStream(f.getCanonicalPath()).write(1);"
            ),
        ),
        (
            'jdbc.queryForList("SELECT * FROM t WHERE n = \'" + x + "\'");',
            'jdbc.queryForList("SELECT * FROM t WHERE n = ?", x);',
        ),
        (
            'Statement s = connection.createStatement(); s.executeQuery("SELECT " + x);',
            'PreparedStatement s = connection.prepareStatement("SELECT ?"); s.setString(1, x); s.executeQuery();',
        ),
        (
            'entities.createNativeQuery("DELETE FROM " + x).executeUpdate();',
            'entities.createNativeQuery("DELETE FROM t WHERE n = :n").setParameter("n", x).executeUpdate();',
        ),
        (
            "return rest.getForObject(x, String.class);",
            'return rest.getForObject("https://api.example.com/" + URLEncoder.encode(x, "UTF-8"), String.class);',
        ),
        (
            "HttpRequest r = HttpRequest.newBuilder().uri(URI.create(x)).GET().build();",
            (
                'URI u = URI.create(x); if (!"a.example.com".equals(u.getHost())) { throw new SecurityException(); }\n'
                "HttpRequest r = HttpRequest.newBuilder().uri(u).GET().build();"
            ),
        ),
        ("new URL(x).openStream();", 'new URL("https://api.example.com/").openStream();'),
        (
            "Request r = new Request.Builder().url(x).build(); new OkHttpClient().newCall(r).execute();",
            'Request r = new Request.Builder().url("https://a.example/?q=" + URLEncoder.encode(x)).build();',
        ),
        (
            'new ScriptEngineManager().getEngineByName("js").eval(x);',
            'new ScriptEngineManager().getEngineByName("js").eval("1 + 1");',
        ),
        ("new SpelExpressionParser().parseExpression(x).getValue();", "Integer.parseInt(x);"),
        ("new Yaml().load(x);", "new ObjectMapper().readTree(x);"),
        (
            "new ObjectInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(x))).readObject();",
            "new ObjectMapper().readValue(x, Map.class);",
        ),
    ],
)
def test_a_vulnerable_tool_is_told_from_its_repaired_twin(vulnerable: str, fixed: str) -> None:
    assert "" in [guard for _, guard in told(vulnerable)]
    assert all(guard == "strong" or kind == "url-path" for kind, guard in told(fixed)), told(fixed)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('if (!x.startsWith("/srv/")) throw new SecurityException(); Files.readString(Path.of(x));', "weak"),
        ('if (x.contains("..")) throw new SecurityException(); Files.readString(Path.of(x));', "weak"),
        ("check(x); Files.readString(Path.of(x));", "strong"),
        ("Files.readString(inside(x));", "strong"),
        ('if (!x.matches("[a-z]+")) throw new SecurityException(); Files.readString(Path.of(x));', "strong"),
        ("if (!PLAIN.matcher(x).matches()) return null; Files.readString(Path.of(x));", "strong"),
        ("if (!PLAIN.matcher(x).find()) return null; Files.readString(Path.of(x));", "weak"),
        ('switch (x) { case "a", "b" -> Files.readString(Path.of(x)); default -> { } }', "strong"),
    ],
    ids=[
        "unresolved",
        "dots",
        "helper that throws",
        "helper that gives back",
        "pattern",
        "matcher",
        "search",
        "switch",
    ],
)
def test_a_guard_is_judged_by_what_it_checks(inside: str, expected: str) -> None:
    helpers = """
  private static final Pattern PLAIN = Pattern.compile("[a-z]+");
  private void check(String p) { if (!NAMES.contains(p)) { throw new SecurityException("outside: " + p); } }
  private static Path inside(String p) {
    Path full = ROOT.resolve(p).normalize();
    if (!full.startsWith(ROOT)) { throw new SecurityException(); }
    return full;
  }
"""
    assert told(inside, helpers) == [("path-read", expected)]


@pytest.mark.parametrize(
    "inside",
    [
        "Optional.of(x).map(c -> run(c));",
        "new Thread(new Runnable() { public void run() { exec(x); } }).start();",
        'String c; if (n > 1) { c = "ls " + x; } else { c = x; } exec(c);',
        'StringBuilder b = new StringBuilder("ls "); b.append(x); exec(b.toString());',
        "try (var in = open(x)) { exec(in); } finally { n = 1; }",
        'String c = switch (n) { case 1 -> "ls"; default -> { String y = x; yield y; } }; exec(c);',
        'for (String part : x.split(",")) { exec(part); }',
        "this.held = x; exec(held);",
        "Object o = x; if (o instanceof String s) { exec(s); }",
        "CompletableFuture.supplyAsync(() -> run(x));",
        'StringBuilder b = new StringBuilder("ls "); b.append(x).append(" -l"); exec(b.toString());',
        "exec(x, 1);",
    ],
    ids=[
        "lambda",
        "anonymous",
        "branches",
        "builder",
        "resource",
        "yield",
        "loop",
        "field",
        "pattern",
        "future",
        "steps",
        "overload",
    ],
)
def test_a_parameter_reaches_a_command_however_it_is_passed_on(inside: str) -> None:
    helpers = """
  private String held;
  private String open(String p) { return p; }
  private String run(String c) { return exec(c); }
  private String exec(int n) { return ""; }
  private String exec(String c, int n) { return exec(c + " "); }
  private String exec(String c) { try { Runtime.getRuntime().exec(c); } catch (IOException e) { } return ""; }
"""
    assert ("command", "") in told(inside, helpers)


def test_a_list_that_is_added_to_keeps_what_is_a_program_and_what_an_argument() -> None:
    text = 'List<String> c = new ArrayList<>(List.of("git")); c.add("log"); c.add("--"); c.add(x);'
    text += "new ProcessBuilder(c).start();"
    assert told(text) == []
    assert told(text.replace('c.add("--"); ', "")) == [("argv-option", "")]
    assert told(text.replace('"git"', '"sh"').replace('"log"', '"-c"').replace('c.add("--"); ', "")) == [
        ("command", "")
    ]


def test_data_is_followed_into_classes_of_other_packages() -> None:
    found = of(
        {
            "src/org/example/tools/Tools.java": HEAD.replace(
                "import java.io", "import org.example.shell.Shell; import java.io"
            )
            + "  private final Shell shell;\n"
            + TOOL % "    return shell.run(x);",
            "src/org/example/shell/Shell.java": "package org.example.shell;\n\npublic class Shell extends Base {\n}\n",
            "src/org/example/shell/Base.java": "package org.example.shell;\n\nabstract class Base {\n"
            "  public String run(String what) throws Exception {\n"
            '    return new String(new ProcessBuilder("sh", "-c", what).start().getInputStream().readAllBytes());\n'
            "  }\n}\n",
        }
    )
    (flow,) = (each for each in found.flows if each.sink.kind == "command")
    assert (flow.source.name, flow.sink.path, flow.sink.line) == ("x", "src/org/example/shell/Base.java", 5)


def test_the_handler_of_a_specification_is_given_a_clients_arguments() -> None:
    text = HEAD + (
        "  void add(McpSyncServer server) {\n"
        '    var tool = McpSchema.Tool.builder().name("fetch").inputSchema("{}").build();\n'
        "    server.addTool(new McpServerFeatures.SyncToolSpecification(tool, (exchange, args) -> {\n"
        '      return new URL((String) args.get("url")).openStream();\n    }));\n  }\n}\n'
    )
    (flow,) = (each for each in of({"Tools.java": text}).flows if each.source.kind == "parameter")
    line = HEAD.count("\n") + 4
    assert (flow.tool, flow.source.name, flow.sink.kind, flow.sink.line) == ("fetch", "args.url", "ssrf", line)
