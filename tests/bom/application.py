"""A report on an application that uses one of everything, made by hand, so that its document can be read in review."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from driftseal.collect.discovery.merge import merge
from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import Evidence, Gap, Item, ItemKind, Json
from driftseal.model.report import Report, Threshold
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.snapshot import make_item, take
from report.sample import NOW

COMMIT = "f2826a00ceef68f0f2b946d945ecc0477ce4450c"
OTHER_COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROMPT = "You answer questions about the weather."
INVENTORY = Target("inventory", ".#inventory", "shop", "inventory/~/work/shop", incidental=True)
MCP = Target("client_config", ".mcp.json#git", "git", "claude-code/project/.mcp.json/git", "claude-code:project")
TEXTS = Target("agent_files", ".#agent-files", "agent files", "agent-files/project/.")


def seen(
    kind: ItemKind,
    name: str,
    content: Mapping[str, Json],
    *,
    at: str = "src/app.py",
    line: int = 1,
    symbol: str = "",
    sure: float = 1.0,
    how: str = "source-code-analysis",
) -> Seen:
    place = Evidence(at, line=line, symbol=symbol, technique=how, confidence=sure)
    return Seen(kind, name, tuple(content.items()), place)


def hub(id_: str, **more: Json) -> dict[str, Json]:
    return {"provider": "huggingface", "id": id_, **more}


MODELS = (
    seen(ItemKind.MODEL, "huggingface:Qwen/Qwen2-7B", hub("Qwen/Qwen2-7B", revision=COMMIT, task="text-generation"),
         line=14, symbol="load"),
    seen(ItemKind.MODEL, "huggingface:Qwen/Qwen2-7B", hub("Qwen/Qwen2-7B"), at="config.yaml", line=3,
         symbol="model", sure=0.8, how="manifest-analysis"),
    seen(ItemKind.MODEL, "huggingface:acme/weather-lora",
         hub("acme/weather-lora", revision="v2", remote_code=True, base="Qwen/Qwen2-7B"), line=15),
    seen(ItemKind.MODEL, "openai:gpt-4o-mini", {"provider": "openai", "id": "gpt-4o-mini", "hosted": True}, line=18),
    seen(ItemKind.MODEL, "aws-bedrock:us.anthropic.claude-sonnet-4-20250514-v1:0",
         {"provider": "aws-bedrock", "id": "us.anthropic.claude-sonnet-4-20250514-v1:0", "hosted": True}, line=19),
    seen(ItemKind.MODEL, "ollama:llama3.2", {"provider": "ollama", "id": "llama3.2"}, at="Modelfile"),
    seen(ItemKind.MODEL, "mlflow:models:/forecast/3", {"provider": "mlflow", "id": "models:/forecast/3"}, line=21),
)  # fmt: skip
PACKAGES = (
    seen(ItemKind.FRAMEWORK, "pypi:langchain",
         {"ecosystem": "pypi", "package": "langchain", "role": "framework", "version": "0.3.1", "requirement": ">=0.3"},
         at="uv.lock", line=7, how="manifest-analysis"),
    seen(ItemKind.FRAMEWORK, "pypi:langchain",
         {"ecosystem": "pypi", "package": "langchain", "role": "framework", "imported": True}, line=2),
    seen(ItemKind.FRAMEWORK, "pypi:torch",
         {"ecosystem": "pypi", "package": "torch", "role": "training", "version": "2.8.0+cpu"}, at="uv.lock", line=30),
    seen(ItemKind.FRAMEWORK, "npm:@acme/mcp-git",
         {"ecosystem": "npm", "package": "@acme/mcp-git", "role": "mcp", "version": "1.2.3"}, at="package-lock.json"),
    seen(ItemKind.FRAMEWORK, "golang:github.com/ollama/ollama",
         {"ecosystem": "golang", "package": "github.com/ollama/ollama", "role": "sdk", "version": "v0.5.1"},
         at="go.mod"),
    seen(ItemKind.FRAMEWORK, "maven:dev.langchain4j:langchain4j",
         {"ecosystem": "maven", "package": "dev.langchain4j:langchain4j", "role": "framework", "version": "1.0.0"},
         at="pom.xml"),
)  # fmt: skip
OTHERS = (
    seen(ItemKind.DATASET, "huggingface:rajpurkar/squad_v2", hub("rajpurkar/squad_v2", split="train"), line=17),
    seen(ItemKind.SERVICE, "openai", {"provider": "openai", "role": "inference",
         "endpoint": "https://gateway.example.com/v1", "base_url_source": "OPENAI_BASE_URL"}, at=".env", line=2),
    seen(ItemKind.SERVICE, "qdrant", {"provider": "qdrant", "role": "vector-store",
         "endpoint": "http://localhost:6333"}, line=25),
    seen(ItemKind.SERVICE, "search", {"role": "mcp", "transport": "stdio", "command": "uvx search-mcp@2.0.0",
         "env": ["SEARCH_KEY"], "package": "pkg:pypi/search-mcp@2.0.0"}, line=27),
    seen(ItemKind.CREDENTIAL, "OPENAI_API_KEY",
         {"provider": "openai", "source": "environment", "used_by": ["src/app.py"]}, line=18),
    seen(ItemKind.PROMPT_FILE, "src/app.py:SYSTEM_PROMPT", {"sha256": hashlib.sha256(PROMPT.encode()).hexdigest(),
         "length": len(PROMPT), "symbol": "SYSTEM_PROMPT", "role": "system"}, line=9, symbol="SYSTEM_PROMPT"),
    seen(ItemKind.AGENT, "weather", {"framework": "pypi:langchain", "model": "openai:gpt-4o-mini",
         "tools": ["lookup"], "prompts": ["src/app.py:SYSTEM_PROMPT"], "servers": ["search"]}, line=28),
    seen(ItemKind.CI_STEP, ".github/workflows/ci.yml/review/claude", {"uses": "anthropics/claude-code-action@v1",
         "env": ["ANTHROPIC_API_KEY"], "permissions": {"contents": "write"}}, at=".github/workflows/ci.yml", line=9),
    seen(ItemKind.EXTENSION, "vscode:acme.copilot", {"store": "vscode", "id": "acme.copilot", "version": "1.4.0",
         "title": "Acme Copilot", "permissions": ["onChat"]}, at="~/.vscode/extensions/acme.copilot"),
    seen(ItemKind.APPLICATION, "ollama", {"version": "0.5.1", "role": "runner"}, at="~/.ollama", how="filename"),
)  # fmt: skip


def inventory(*sightings: Seen) -> Snapshot:
    """What finders tell of one folder."""
    return take(INVENTORY, list(merge(sightings, 0.5)), origin=Origin.STATIC, collected_at=NOW)


def configured() -> Snapshot:
    """The server of a client's configuration: its package is in a lockfile too."""
    at = [Evidence(".mcp.json", "/mcpServers/git", 3)]
    package: dict[str, Json] = {
        "runner": "npx", "type": "npm", "name": "@acme/mcp-git", "version": "1.2.3", "pinned": True
    }  # fmt: skip
    launch: dict[str, Json] = {"transport": "stdio", "command": "npx", "args": ["@acme/mcp-git@1.2.3"]}
    items = [
        make_item(ItemKind.LAUNCH, "", {**launch, "package": package}, evidence=at),
        make_item(ItemKind.PACKAGE, "pkg:npm/%40acme/mcp-git", {**package, "purl": "pkg:npm/%40acme/mcp-git@1.2.3"},
                  evidence=at),
        make_item(ItemKind.CREDENTIAL, "GITHUB_TOKEN", {"name": "GITHUB_TOKEN", "source": "env"}, evidence=at),
    ]  # fmt: skip
    return take(MCP, items, origin=Origin.STATIC, collected_at=NOW)


def texts() -> Snapshot:
    """A skill with its files, instructions and the definition of a sub-agent."""
    front: dict[str, Json] = {"name": "pdf", "description": "Reads PDF files.", "license": "apache-2.0",
                              "allowed-tools": ["Read", "Bash"], "metadata": {"version": "1.1"}}  # fmt: skip
    named: dict[str, Json] = {"name": "reviewer", "description": "Reviews changes.", "tools": "Read, Grep"}

    def item(kind: ItemKind, path: str, content: dict[str, Json]) -> Item:
        return make_item(kind, path, content, evidence=[Evidence(path, "", 1), Evidence(path, "/text", 1)])

    return take(
        TEXTS,
        [
            item(ItemKind.SKILL, "skills/pdf/SKILL.md", {"frontmatter": front, "text": "Run scripts/read.py."}),
            item(ItemKind.SKILL, "skills/pdf/forms.md", {"text": "How to fill in forms."}),
            item(ItemKind.SOURCE_FILE, "skills/pdf/scripts/read.py", {"text": "print(1)\n"}),
            item(ItemKind.AGENT, "AGENTS.md", {"text": "Use tabs."}),
            item(ItemKind.AGENT, ".claude/agents/reviewer.md", {"frontmatter": named, "text": "Review it."}),
        ],
        origin=Origin.STATIC,
        collected_at=NOW,
    )


def report(*snapshots: Snapshot, **more: Any) -> Report:
    """A report on these targets."""
    return Report("bom", "0.1.0", "0" * 12, NOW, Threshold(), snapshots=snapshots, **more)


def application() -> Report:
    """Everything together, with one file that could not be read."""
    gap = Gap(INVENTORY.reference, "src/odd.py", "not UTF-8")
    whole = take(INVENTORY, [*merge((*MODELS, *PACKAGES, *OTHERS), 0.5), gap], origin=Origin.STATIC, collected_at=NOW)
    return report(whole, configured(), texts(), gaps=(gap,))
