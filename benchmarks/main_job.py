"""Times the main job as whole processes and prints ratios against peers in the same run.

    python benchmarks/main_job.py                    # driftseal alone, against bare Python
    python benchmarks/main_job.py --peers FOLDER     # also peers, each in its own environment below FOLDER
    python benchmarks/main_job.py --peers FOLDER --install

Figures are medians of CPU seconds (user and system, children included) and of wall seconds, and the memory of the
largest process.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PEERS = {"cisco-ai-mcp-scanner": "mcp-scanner", "mcp-placard": "placard"}
DRIFTSEAL = str(Path(sys.executable).with_name("driftseal"))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one command, over its runs."""

    cpu: float
    wall: float
    memory: float
    """MiB, of the largest single process."""
    codes: tuple[int, ...]


def measure(command: Sequence[str], cwd: Path, runs: int) -> Figures:
    """Run a command a few times after one warm-up."""
    rows = []
    codes = set()
    for turn in range(runs + 1):
        started = time.perf_counter()
        with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if turn:
            rows.append((usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024))
            codes.add(process.returncode)
    return Figures(*(statistics.median(column) for column in zip(*rows, strict=True)), tuple(sorted(codes)))


def show(name: str, ours: Figures, others: dict[str, Figures], note: str = "") -> None:
    """One job, ours first, then each peer with the ratio."""
    print(f"\n{name}{'  ' + note if note else ''}")
    print(
        f"  {'driftseal':<24} cpu {ours.cpu:7.3f} s  wall {ours.wall:7.3f} s  {ours.memory:6.1f} MiB  exit {ours.codes}"
    )
    for peer, figures in others.items():
        print(
            f"  {peer:<24} cpu {figures.cpu:7.3f} s  wall {figures.wall:7.3f} s  {figures.memory:6.1f} MiB"
            f"  exit {figures.codes}  ratio: cpu {ours.cpu / figures.cpu:.2f}, wall {ours.wall / figures.wall:.2f}"
        )


# --- what is worked on -----------------------------------------------------------------------


def tool(number: int) -> dict[str, object]:
    """An ordinary tool, its words varied so that nothing can be remembered from one to the next."""
    noun = ("invoice", "ticket", "calendar entry", "build", "order", "contact")[number % 6]
    verb = ("list", "get", "create", "update", "search", "archive")[number // 6 % 6]
    return {
        "name": f"{verb}_{noun.replace(' ', '_')}_{number}",
        "title": f"{verb.title()} {noun}",
        "description": f"{verb.title()}s each {noun} of workspace {number}. Dates are ISO 8601. "
        f"IMPORTANT: never pass more than {number % 50 + 1} ids at once.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": f"Identifier of the {noun}, as list_{number} gives it"},
                "fields": {"type": "array", "items": {"type": "string", "enum": ["name", "owner", "state", "due"]}},
                "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20, "description": "Page size"},
                "query": {"type": "string", "description": "Words to look for, in any order"},
            },
            "required": ["id"],
        },
        "annotations": {"readOnlyHint": verb in {"list", "get", "search"}},
    }


def five_configs(folder: Path) -> None:
    """A repository with the configurations of five clients and some files that are none."""
    servers = {
        "files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "./docs"]},
        "time": {"command": "uvx", "args": ["mcp-server-time==2026.10.19"], "env": {"TZ": "UTC"}},
        "remote": {
            "type": "http",
            "url": "https://mcp.example.com/mcp",
            "headers": {"Authorization": "Bearer ${TOKEN}"},
        },
    }
    for name, key in ((".mcp.json", "mcpServers"), (".cursor/mcp.json", "mcpServers"), (".vscode/mcp.json", "servers")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({key: servers}, indent=2), encoding="utf-8")
    (folder / ".gemini").mkdir()
    (folder / ".gemini" / "settings.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    (folder / ".codex").mkdir()
    (folder / ".codex" / "config.toml").write_text(
        '[mcp_servers.time]\ncommand = "uvx"\nargs = ["mcp-server-time==2026.10.19"]\n', encoding="utf-8"
    )
    for number in range(400):
        path = folder / "src" / f"part{number % 20}" / f"file{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"VALUE = {number}\n", encoding="utf-8")


class Handler(http.server.BaseHTTPRequestHandler):
    """A plain Streamable HTTP server; the path's number tells which of many servers it plays."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one JSON-RPC message."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results: dict[str, object] = {
            "initialize": {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "bench", "version": "1"},
            },
            "tools/list": {"tools": [tool(number) for number in range(10)]},
        }
        if "id" not in message:
            self._send(202, b"")
            return
        reply: dict[str, object] = {"jsonrpc": "2.0", "id": message["id"]}
        if message["method"] in results:
            reply["result"] = results[message["method"]]
        else:
            reply["error"] = {"code": -32601, "message": "method not found"}
        self._send(200, json.dumps(reply).encode())

    def do_DELETE(self) -> None:
        """End of a session."""
        self._send(200, b"")

    def do_GET(self) -> None:
        """No stream here."""
        self._send(405, b"")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""


class Farm(http.server.ThreadingHTTPServer):
    """Takes two hundred connections at once; the default queue of five would time the kernel's retries."""

    request_queue_size = 1024


ASK = textwrap.dedent(
    """
    from pathlib import Path
    from driftseal.collect.base import Consent, Context
    from driftseal.limits import DEFAULT_LIMITS
    from driftseal.pipeline.gather import gather
    here = Path.cwd()
    consent = Consent(connect=True, allow_private=("127.0.0.1",))
    context = Context(consent, DEFAULT_LIMITS, "2026-01-01T00:00:00Z", here, here, {})
    assert not [gap for snapshot in gather(["."], context).snapshots for gap in snapshot.gaps]
    """
)
STDIO_SERVER = textwrap.dedent(
    """
    import json, sys
    TOOLS = json.loads(open(sys.argv[1]).read())
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        reply = {"jsonrpc": "2.0", "id": message["id"]}
        if message["method"] == "initialize":
            reply["result"] = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                               "serverInfo": {"name": "bench", "version": "1"}}
        elif message["method"] == "tools/list":
            reply["result"] = {"tools": TOOLS}
        else:
            reply["error"] = {"code": -32601, "message": "method not found"}
        print(json.dumps(reply), flush=True)
    """
)


# --- the jobs --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bench:
    """Where to work, how often, and beside whom."""

    folder: Path
    runs: int
    peers: dict[str, str]
    """Name to command."""

    def here(self, name: str) -> Path:
        """A folder of its own for one job."""
        path = self.folder / name
        path.mkdir()
        return path

    def version(self) -> None:
        """Start-up."""
        ours = measure([DRIFTSEAL, "--version"], self.folder, self.runs * 4)
        bare = measure([sys.executable, "-c", "pass"], self.folder, self.runs * 4)
        show("driftseal --version (aim: at most 4 times bare Python)", ours, {"python -c pass": bare})

    def pre_commit(self) -> None:
        """What a developer feels at each commit."""
        folder = self.here("repo")
        five_configs(folder)
        ours = measure([DRIFTSEAL, "scan", "--exit-zero", "."], folder, self.runs)
        others = {}
        if "cisco-ai-mcp-scanner" in self.peers:
            # It reads configurations only by starting their servers, so it is timed on its own start.
            others["cisco (--help)"] = measure([self.peers["cisco-ai-mcp-scanner"], "--help"], folder, self.runs)
        if "mcp-placard" in self.peers:
            others["placard (--help)"] = measure([self.peers["mcp-placard"], "--help"], folder, self.runs)
        show("five client configurations in a repository (aim: under 0.4 s)", ours, others)

    def manifest(self) -> None:
        """One large server."""
        folder = self.here("manifest")
        (folder / "tools.json").write_text(json.dumps({"tools": [tool(n) for n in range(1000)]}), encoding="utf-8")
        ours = measure([DRIFTSEAL, "scan", "--exit-zero", "--format", "json", "tools.json"], folder, self.runs)
        others = {}
        if "cisco-ai-mcp-scanner" in self.peers:
            command = [self.peers["cisco-ai-mcp-scanner"], "--analyzers", "yara", "--format", "raw", "static"]
            others["cisco-ai-mcp-scanner"] = measure(
                [*command, "--tools", "tools.json"], folder, max(1, self.runs // 2)
            )
        show("a manifest of 1,000 tools (aim: under 1.5 s)", ours, others)

    def server(self) -> None:
        """One running server, asked and judged: what a developer does before adding it."""
        folder = self.here("server")
        (folder / "server.py").write_text(STDIO_SERVER, encoding="utf-8")
        (folder / "tools.txt").write_text(json.dumps([tool(n) for n in range(20)]), encoding="utf-8")
        words = [sys.executable, "server.py", "tools.txt"]
        ours = measure([DRIFTSEAL, "scan", "--exit-zero", "--", *words], folder, self.runs)
        others = {}
        if "mcp-placard" in self.peers:
            others["mcp-placard"] = measure([self.peers["mcp-placard"], "scan", " ".join(words)], folder, self.runs)
        if "cisco-ai-mcp-scanner" in self.peers:
            command = [self.peers["cisco-ai-mcp-scanner"], "--analyzers", "yara", "--format", "raw", "stdio"]
            args = [flag for word in words[1:] for flag in ("--stdio-arg", word)]
            command += ["--stdio-command", words[0], *args]
            others["cisco-ai-mcp-scanner"] = measure(command, folder, max(1, self.runs // 2))
        show("one stdio server of 20 tools, started and judged (cpu includes the server)", ours, others)

    def http(self) -> None:
        """Many servers at once."""
        folder = self.here("http")
        server = Farm(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        asked = {}
        for count in (1, 200):
            entries = {f"s{n}": {"type": "http", "url": f"{url}/{n}"} for n in range(count)}
            (folder / ".mcp.json").write_text(json.dumps({"mcpServers": entries}), encoding="utf-8")
            asked[count] = measure([sys.executable, "-c", ASK], folder, self.runs)
        command = [DRIFTSEAL, "scan", "--connect", "--allow-private", "127.0.0.1", "--exit-zero", "--format", "json"]
        whole = measure(command, folder, self.runs)
        server.shutdown()
        each = (asked[200].cpu - asked[1].cpu) / 199 * 1000
        show("200 HTTP servers on loopback, asked", asked[200], {}, f"{each:.2f} ms of our CPU a server (aim: 5)")
        show("the same, scanned as one session of 2,000 tools", whole, {})

    def stdio(self) -> None:
        """Memory while sixty servers run at once."""
        folder = self.here("stdio")
        (folder / "server.py").write_text(STDIO_SERVER, encoding="utf-8")
        (folder / "tools.json.txt").write_text(json.dumps([tool(n) for n in range(20)]), encoding="utf-8")
        entry = {
            "command": sys.executable,
            "args": ["-I", "-S", str(folder / "server.py"), str(folder / "tools.json.txt")],
        }
        (folder / ".mcp.json").write_text(
            json.dumps({"mcpServers": {f"s{n}": entry for n in range(60)}}), encoding="utf-8"
        )
        ours = measure(
            [DRIFTSEAL, "scan", "--start", "--exit-zero", "--format", "json"], folder, max(1, self.runs // 2)
        )
        show("60 stdio servers at once (aim: under 100 MiB; cpu includes the servers)", ours, {})

    def drift(self) -> None:
        """Every baseline unchanged."""
        folder = self.here("drift")
        (folder / "servers").mkdir()
        for server in range(1000):
            tools = [tool(server * 20 + n) for n in range(20)]
            (folder / "servers" / f"server{server}.json").write_text(json.dumps({"tools": tools}), encoding="utf-8")
        run = subprocess.run
        quiet = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        run([DRIFTSEAL, "keygen", "../key.pem"], **quiet)
        run([DRIFTSEAL, "trust", "add", "you", "../key.pem.pub"], **quiet)
        run([DRIFTSEAL, "baseline", "approve", "--yes", "--key", "../key.pem", "servers"], **quiet)
        ours = measure(
            [DRIFTSEAL, "drift", "--exit-zero", "--format", "json", "servers"], folder, max(1, self.runs // 2)
        )
        show("drift of 1,000 unchanged baselines of 20 tools (aim: under 5 s on one core)", ours, {})


JOBS: dict[str, Callable[[Bench], None]] = {
    "version": Bench.version,
    "pre-commit": Bench.pre_commit,
    "manifest": Bench.manifest,
    "server": Bench.server,
    "http": Bench.http,
    "stdio": Bench.stdio,
    "drift": Bench.drift,
}


def peers_in(folder: Path, *, install: bool) -> dict[str, str]:
    """Commands of the peers that are there."""
    found = {}
    for package, command in PEERS.items():
        path = folder / package / "bin" / command
        if install and not path.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder / package)], check=True)
            subprocess.run([str(path.with_name("pip")), "install", "--quiet", package], check=False)
        if path.exists():
            found[package] = str(path)
    return found


def main() -> None:
    """Run the jobs that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", nargs="*", choices=[[], *JOBS], help="default: all")
    parser.add_argument("--peers", type=Path, help="folder of peers, an environment each")
    parser.add_argument("--install", action="store_true", help="install the peers there first")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    peers = peers_in(args.peers.resolve(), install=args.install) if args.peers else {}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if hard > 0 else soft, hard))
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Path(temporary), args.runs, peers)
        for name in args.job or JOBS:
            JOBS[name](bench)


if __name__ == "__main__":
    main()
