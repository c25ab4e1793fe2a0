"""Vulnerable Go servers and their repaired twins, from the tool that is called to what it does."""

from __future__ import annotations

import pytest

from driftseal.code.go import Go
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models
from driftseal.observe.tools import find

HEAD = """package main

import (
	"context"; "database/sql"; "errors"; "fmt"; "io"; "net/http"; "net/url"; "os"; "os/exec"; "path/filepath"; "regexp"
	"slices"; "strings"; "strconv"
	"github.com/mark3labs/mcp-go/mcp"; "github.com/mark3labs/mcp-go/server"; "gorm.io/gorm"
	"github.com/go-git/go-git/v5"; "github.com/go-resty/resty/v2"; "text/template"
)

type Server struct { root string; db *sql.DB; client *http.Client; g *gorm.DB }

"""
TOOL = """func (s *Server) handle(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	x, err := request.RequireString("x")
	if err != nil { return nil, err }
%s
	return mcp.NewToolResultText(x), nil
}

func main() {
	s := &Server{root: "/srv/"}
	srv := server.NewMCPServer("x", "1")
	srv.AddTool(mcp.NewTool("tool", mcp.WithString("x", mcp.Required())), s.handle)
}
"""


def of(files: dict[str, str]) -> flows.Flows:
    """The flows of every tool that the files declare."""
    front = Go()
    project = Project({path: front.lower(text.encode(), path, DEFAULT_LIMITS) for path, text in files.items()})
    declared = find(project).declared
    assert all(one.handler is not None for one in declared)
    entries = [flows.Entry(one.handler, one.name) for one in declared if one.handler is not None]
    return flows.analyse(project, entries, {"go": models.load("go")}, DEFAULT_LIMITS)


def told(inside: str, helpers: str = "") -> list[tuple[str, str]]:
    """Kind of sink and guard of what comes from the tool's caller."""
    found = of({"main.go": HEAD + helpers + TOOL % inside})
    chosen = (each for each in found.flows if each.source.kind == "parameter")
    return sorted({(each.sink.kind, each.guard) for each in chosen if each.sink.kind not in {"log", "result"}})


@pytest.mark.parametrize(
    ("vulnerable", "fixed"),
    [
        (
            'exec.Command("sh", "-c", fmt.Sprintf("ls %s", x)).Run()',
            'exec.Command("ls", "--", x).Run()',
        ),
        (
            'cmd := exec.CommandContext(ctx, "bash", "-c", "grep "+x); out, _ := cmd.CombinedOutput(); _ = out',
            (
                "n, err := strconv.Atoi(x); if err != nil { return nil, err }\n"
                'exec.CommandContext(ctx, "bash", "-c", fmt.Sprintf("head -n %d f", n)).Run()'
            ),
        ),
        ("exec.Command(x).Run()", 'if x != "ls" && x != "pwd" { return nil, errors.New("no") }\nexec.Command(x).Run()'),
        (
            'rows, err := s.db.Query("SELECT * FROM t WHERE n = \'" + x + "\'"); _ = rows; _ = err',
            'rows, err := s.db.Query("SELECT * FROM t WHERE n = ?", x); _ = rows; _ = err',
        ),
        (
            'var out []string; s.g.Raw("SELECT n FROM t ORDER BY " + x).Scan(&out)',
            'var out []string; s.g.Raw("SELECT n FROM t WHERE n = ?", x).Scan(&out)',
        ),
        (
            "resp, err := http.Get(x); if err != nil { return nil, err }\ndefer resp.Body.Close()",
            (
                "u, err := url.Parse(x); if err != nil { return nil, err }\n"
                'if u.Hostname() != "api.example.com" { return nil, errors.New("host") }\n'
                "resp, err := http.Get(u.String()); if err != nil { return nil, err }\ndefer resp.Body.Close()"
            ),
        ),
        (
            (
                'req, err := http.NewRequestWithContext(ctx, "GET", x, nil); if err != nil { return nil, err }\n'
                "s.client.Do(req)"
            ),
            (
                'req, err := http.NewRequestWithContext(ctx, "GET", "https://a.example/"+url.PathEscape(x), nil)\n'
                "if err != nil { return nil, err }\ns.client.Do(req)"
            ),
        ),
        (
            "resty.New().R().SetContext(ctx).Get(x)",
            'resty.New().R().SetContext(ctx).Get("https://a.example/" + url.PathEscape(x))',
        ),
        (
            "data, err := os.ReadFile(filepath.Join(s.root, x)); _ = data; _ = err",
            (
                'if !filepath.IsLocal(x) { return nil, errors.New("outside") }\n'
                "data, err := os.ReadFile(filepath.Join(s.root, x)); _ = data; _ = err"
            ),
        ),
        (
            "os.WriteFile(x, nil, 0o600)",
            (
                'p := filepath.Clean(x); if !strings.HasPrefix(p, "/srv/") { return nil, errors.New("outside") }\n'
                "os.WriteFile(p, nil, 0o600)"
            ),
        ),
        (
            "os.RemoveAll(x)",
            (
                "full, err := filepath.Abs(filepath.Join(s.root, x)); if err != nil { return nil, err }\n"
                "rel, err := filepath.Rel(s.root, full)\n"
                'if err != nil || strings.HasPrefix(rel, "..") { return nil, errors.New("no") }\nos.RemoveAll(full)'
            ),
        ),
        (
            't, err := template.New("t").Parse(x); _ = t; _ = err',
            't, err := template.New("t").Parse("{{.}}"); _ = err; t.Execute(io.Discard, x)',
        ),
        (
            "git.PlainOpen(x)",
            'if !slices.Contains([]string{"/a", "/b"}, x) { return nil, errors.New("no") }\ngit.PlainOpen(x)',
        ),
        (
            "os.ReadFile(x)",
            'if !regexp.MustCompile(`^[a-z]+$`).MatchString(x) { return nil, errors.New("no") }\nos.ReadFile(x)',
        ),
    ],
)
def test_a_vulnerable_tool_is_told_from_its_repaired_twin(vulnerable: str, fixed: str) -> None:
    assert [guard for _, guard in told(vulnerable)][:1] == [""]
    assert all(guard == "strong" or kind == "url-path" for kind, guard in told(fixed)), told(fixed)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('if !strings.HasPrefix(x, "/srv/") { return nil, errors.New("no") }\nos.ReadFile(x)', "weak"),
        ('if !strings.HasPrefix(filepath.Clean(x), "/srv") { return nil, errors.New("no") }\nos.ReadFile(x)', "weak"),
        ('if strings.Contains(x, "..") { return nil, errors.New("no") }\nos.ReadFile(x)', "weak"),
        ("if err := s.check(x); err != nil { return nil, err }\nos.ReadFile(x)", "strong"),
        ("p, err := s.inside(x); if err != nil { return nil, err }\nos.ReadFile(p)", "strong"),
        ('if !plain(x) { return nil, errors.New("no") }\nos.ReadFile(x)', "strong"),
        ('switch x { case "a", "b": os.ReadFile(x) }', "strong"),
        ('if !listed[x] { return nil, errors.New("no") }\nos.ReadFile(x)', "strong"),
        ('if _, ok := listed[x]; !ok { return nil, errors.New("no") }\nos.ReadFile(x)', "strong"),
        ("if v, ok := listed[x]; ok && v { os.ReadFile(x) }", "strong"),
        ('if !known(x) { return nil, errors.New("no") }\nos.ReadFile(x)', "strong"),
        ('if !below(s.root, x) { return nil, errors.New("no") }\nos.ReadFile(x)', "strong"),
    ],
    ids=[
        "unclean",
        "no separator",
        "dots",
        "error of a helper",
        "path of a helper",
        "truth of a helper",
        "switch",
        "map",
        "asked map",
        "held",
        "map of a helper",
        "relative",
    ],
)
def test_a_guard_is_judged_through_helpers_that_give_back_errors(inside: str, expected: str) -> None:
    helpers = """
func (s *Server) check(p string) error {
	if !filepath.IsLocal(p) { return fmt.Errorf("%s is outside", p) }
	return nil
}
func (s *Server) inside(p string) (string, error) {
	full := filepath.Clean(filepath.Join(s.root, p))
	if !strings.HasPrefix(full, s.root+string(os.PathSeparator)) { return "", fmt.Errorf("outside") }
	return full, nil
}
func plain(p string) bool { return filepath.IsLocal(p) }
var listed = map[string]bool{"a": true, "b": true}
func known(p string) bool { return listed[p] }
func below(base, p string) bool {
	full, err := filepath.Abs(p)
	if err != nil { return false }
	rel, err := filepath.Rel(base, full)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}
"""
    assert told(inside, helpers) == [("path-read", expected)]


def test_data_is_followed_into_methods_and_packages_of_other_files() -> None:
    found = of(
        {
            "cmd/main.go": HEAD.replace('"text/template"', '"example.org/srv/internal/shell"')
            + TOOL % "return s.run(x)",
            "cmd/run.go": 'package main\n\nimport "example.org/srv/internal/shell"\n\n'
            "func (s *Server) run(name string) (*mcp.CallToolResult, error) {\n\treturn nil, shell.Do(name)\n}\n",
            "internal/shell/doc.go": "package shell\n",
            "internal/shell/shell.go": 'package shell\n\nimport "os/exec"\n\nfunc Do(what string) error {\n'
            '\treturn exec.Command("sh", "-c", what).Run()\n}\n',
        }
    )
    (flow,) = (each for each in found.flows if each.sink.kind == "command")
    assert (flow.source.name, flow.sink.path, flow.sink.line) == ("request.x", "internal/shell/shell.go", 6)
    assert [(step.path, step.what) for step in flow.steps[1:]] == [
        ("cmd/main.go", "passed to run()"),
        ("cmd/run.go", "passed to Do()"),
        ("internal/shell/shell.go", "os/exec.Command()"),
    ]


@pytest.mark.parametrize(
    "inside",
    [
        'args := request.GetArguments(); c, ok := args["c"].(string); if ok { exec.Command("sh", "-c", c).Run() }',
        'c, _ := request.Params.Arguments["c"].(string); exec.Command("sh", "-c", c).Run()',
        (
            "var a struct{ C string }; if err := request.BindArguments(&a); err != nil { return nil, err }\n"
            'exec.Command("sh", "-c", a.C).Run()'
        ),
        "parts := strings.Fields(x); exec.Command(parts[0], parts[1:]...).Run()",
        'var b strings.Builder; b.WriteString("ls "); b.WriteString(x); exec.Command("sh", "-c", b.String()).Run()',
        'done := make(chan string, 1); done <- x; exec.Command("sh", "-c", <-done).Run()',
        'func() { defer func() { exec.Command("sh", "-c", x).Run() }() }()',
        'opts := map[string]string{"c": x}; for _, v := range opts { exec.Command("sh", "-c", v).Run() }',
    ],
    ids=["map", "index", "bound", "fields", "builder", "channel", "deferred", "range"],
)
def test_arguments_of_a_request_reach_a_command_however_they_are_taken(inside: str) -> None:
    assert "" in {guard for kind, guard in told(inside) if kind in {"command", "argv"}}


def test_a_list_that_is_appended_to_keeps_what_is_a_program_and_what_an_argument() -> None:
    harmless = 'args := []string{"log"}; args = append(args, "--", x); exec.Command("git", args...).Run()'
    assert told(harmless) == []
    assert told(harmless.replace('"--", ', "")) == [("argv-option", "")]
    assert told('args := append([]string{"-c"}, x); exec.Command("sh", args...).Run()') == [("command", "")]


def test_a_query_that_is_set_chooses_no_host() -> None:
    inside = 'u, _ := url.Parse("https://a.example"); q := u.Query(); q.Set("a", x); u.RawQuery = q.Encode(); '
    assert told(inside + "http.Get(u.String())") == [("url-path", "")]
    assert told(inside + "u.Host = x; http.Get(u.String())") == [("ssrf", "")]


def test_a_function_is_taken_from_a_table_of_the_project() -> None:
    helpers = """
var table = map[string]func(string){"a": shell}
func shell(c string) { exec.Command("sh", "-c", c).Run() }
"""
    assert told("table[x](x)", helpers) == [("command", "")]


def test_typed_arguments_are_a_clients_and_numbers_among_them_are_harmless() -> None:
    text = HEAD + (
        'type Input struct { Name string `json:"name"`; Lines int `json:"lines"` }\n'
        "func run(ctx context.Context, req *mcp.CallToolRequest, in Input) (*mcp.CallToolResult, any, error) {\n"
        '\texec.Command("sh", "-c", fmt.Sprintf("head -n %v f", in.Lines)).Run()\n'
        '\texec.Command("sh", "-c", "cat "+in.Name).Run()\n\treturn nil, nil, nil\n}\n'
        'func main() { mcp.AddTool(srv, &mcp.Tool{Name: "tool"}, run) }\n'
    )
    commands = [each for each in of({"main.go": text}).flows if each.sink.kind == "command"]
    assert [(each.source.name, each.sink.line) for each in commands] == [("in.Name", HEAD.count("\n") + 4)]


def test_a_tool_can_do_what_its_helpers_can_do() -> None:
    found = of({"main.go": HEAD + TOOL % 'os.Getenv("HOME"); s.client.Get("https://api.example.com/v1")'})
    assert set(found.capabilities("tool")) == {"environment", "network"}
    assert list(found.hosts("tool")) == ["api.example.com"]
