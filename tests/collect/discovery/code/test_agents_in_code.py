"""Agents, the prompts they are given and the MCP servers they use, as code states them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

AGENT, PROMPT, SERVICE = ItemKind.AGENT, ItemKind.PROMPT_FILE, ItemKind.SERVICE
LONG = "You are a helpful assistant of the weather office. Answer in one sentence and never guess at numbers."


@pytest.mark.parametrize(
    ("path", "text", "name", "content"),
    [
        (
            "a.py",
            (
                "from agents import Agent, function_tool\n@function_tool\ndef get_weather(): ...\n"
                'Agent(name="weather", instructions="x", model="gpt-4o", tools=[get_weather])\n'
            ),
            "weather",
            {"model": "openai:gpt-4o", "framework": "pypi:openai-agents", "tools": ["get_weather"]},
        ),
        (
            "a.py",
            (
                "from langchain.agents import create_agent\nfrom langchain_openai import ChatOpenAI\n"
                'llm = ChatOpenAI(model="gpt-4o-mini")\nhelper = create_agent(llm, tools=[])\n'
            ),
            "helper",
            {"model": "openai:gpt-4o-mini", "framework": "pypi:langchain"},
        ),
        (
            "a.py",
            "from langgraph.graph import StateGraph\nbuilder = StateGraph(dict)\ngraph = builder.compile()\n",
            "graph",
            {"framework": "pypi:langgraph"},
        ),
        (
            "a.py",
            (
                "from crewai import Agent\nfrom crewai_tools import SerperDevTool\n"
                'a = Agent(role="Senior Researcher", goal="find", llm="openai/gpt-4o", tools=[SerperDevTool()])\n'
            ),
            "Senior Researcher",
            {"model": "openai:gpt-4o", "framework": "pypi:crewai", "tools": ["SerperDevTool"]},
        ),
        (
            "a.py",
            'from pydantic_ai import Agent\nsupport = Agent("openai:gpt-4o", system_prompt="x")\n',
            "support",
            {"model": "openai:gpt-4o", "framework": "pypi:pydantic-ai"},
        ),
        (
            "a.py",
            'from google.adk.agents import LlmAgent\nroot = LlmAgent(name="root", model="gemini-2.5-flash")\n',
            "root",
            {"model": "google:gemini-2.5-flash", "framework": "pypi:google-adk"},
        ),
        (
            "a.py",
            (
                "from agno.agent import Agent\nfrom agno.models.anthropic import Claude\n"
                'a = Agent(name="desk", model=Claude(id="claude-sonnet-4-5"))\n'
            ),
            "desk",
            {"model": "anthropic:claude-sonnet-4-5", "framework": "pypi:agno"},
        ),
        (
            "a.ts",
            (
                'import { Agent } from "@mastra/core/agent";\nimport { openai } from "@ai-sdk/openai";\n'
                'export const w = new Agent({ name: "weather", model: openai("gpt-4o"), tools: { weatherTool } });\n'
            ),
            "weather",
            {"model": "openai:gpt-4o", "framework": "npm:@mastra/core", "tools": ["weatherTool"]},
        ),
        (
            "a.ts",
            (
                'import { generateText, tool } from "ai";\nimport { openai } from "@ai-sdk/openai";\n'
                'function answer() { generateText({ model: openai("gpt-4o"), tools: { weather: tool({}) } }) }\n'
            ),
            "answer",
            {"model": "openai:gpt-4o", "framework": "npm:ai", "tools": ["weather"]},
        ),
    ],
)
def test_an_agent_with_its_model_and_tools(
    tmp_path: Path, path: str, text: str, name: str, content: dict[str, object]
) -> None:
    (item,) = found(tmp_path, {path: text}, AGENT).values()
    assert (item.name, item.content) == (name, content)


@pytest.mark.parametrize(
    "text",
    [
        "class Agent:\n    pass\nAgent(name='x')  # langgraph\n",
        "from estate import Agent  # crewai\nAgent(name='x')\n",
        "import re  # langgraph\nre.compile('x')\n",
        "from ai import generateText\n",
        '"""from agents import Agent; Agent(name="x")"""\n',
    ],
)
def test_what_is_no_agent(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"a.py": text}, AGENT) == {}


def test_generating_text_without_tools_is_no_agent(tmp_path: Path) -> None:
    text = 'import { generateText } from "ai";\nawait generateText({ model, prompt: "x" });\n'
    assert found(tmp_path, {"a.ts": text}, AGENT) == {}


@pytest.mark.parametrize(
    ("path", "text", "symbol", "role"),
    [
        ("a.py", f'\nSYSTEM_PROMPT = """{LONG}"""\n', "SYSTEM_PROMPT", "system"),
        ("a.py", f'\nsummary_prompt = "{LONG}"\n', "summary_prompt", None),
        ("a.py", f'\nSystemMessage(content="{LONG}")\n', "SystemMessage", "system"),
        ("a.py", f'def f():\n    return [{{"role": "system", "content": "{LONG}"}}]\n', "f", "system"),
        ("a.py", f'\nChatPromptTemplate.from_messages([("system", "{LONG}")])\n', "messages", "system"),
        ("a.ts", f"\nconst systemPrompt = `{LONG}`;\n", "systemPrompt", "system"),
        ("a.go", f"package a\nconst systemPrompt = `{LONG}`\n", "systemPrompt", "system"),
    ],
)
def test_a_prompt_is_told_by_the_digest_of_its_text(
    tmp_path: Path, path: str, text: str, symbol: str, role: str | None
) -> None:
    (item,) = found(tmp_path, {path: text}, PROMPT).values()
    expected = {"sha256": hashlib.sha256(LONG.encode()).hexdigest(), "length": len(LONG), "symbol": symbol}
    assert item.name == f"{path}:{symbol}"
    assert item.content == (expected | {"role": role} if role else expected)
    assert places(item) == [(path, 2)]
    assert LONG not in str(item)


@pytest.mark.parametrize(
    "text",
    [
        'prompt = "Password: "\n# system_prompt\n',
        f'"""system_prompt: {LONG}"""\n',
        f'prompt_path = "{LONG}"\n# system_prompt\n',
        "system_prompt = load()\n",
        "def f(system_prompt: str): ...\n",
    ],
)
def test_what_is_no_prompt(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"a.py": text}, PROMPT) == {}


def test_a_prompt_that_is_kept_elsewhere_is_told_by_its_name(tmp_path: Path) -> None:
    text = 'from langchain import hub\nhub.pull("acme/rag")\n'
    assert set(found(tmp_path, {"a.py": text}, PROMPT)) == {"langsmith:acme/rag"}


@pytest.mark.parametrize(
    ("path", "text", "name", "content"),
    [
        (
            "a.py",
            (
                "from mcp import StdioServerParameters\n"
                'StdioServerParameters(command="npx", args=["-y", "@acme/files@1.2.3", root], env={"KEY": "canary"})\n'
            ),
            "@acme/files",
            {
                "transport": "stdio",
                "command": "npx -y @acme/files@1.2.3 *",
                "package": "pkg:npm/%40acme/files@1.2.3",
                "env": ["KEY"],
            },
        ),
        (
            "a.py",
            (
                "from langchain_mcp_adapters.client import MultiServerMCPClient\n"
                'MultiServerMCPClient({"weather": {"url": "https://u:canary-1@mcp.acme.example/mcp?key=canary-2"}})\n'
            ),
            "weather",
            {"transport": "http", "endpoint": "https://mcp.acme.example/mcp"},
        ),
        (
            "a.py",
            'import openai  # mcp\nA = [{"type": "mcp", "server_label": "wiki", "server_url": "https://w.example"}]\n',
            "wiki",
            {"transport": "http", "endpoint": "https://w.example"},
        ),
        (
            "a.py",
            (
                "from anthropic import Anthropic\nAnthropic().beta.messages.create("
                'mcp_servers=[{"type": "url", "url": "https://l.example/sse", "name": "linear", "token": "canary"}])\n'
            ),
            "linear",
            {"transport": "http", "endpoint": "https://l.example/sse"},
        ),
        (
            "a.py",
            "from pydantic_ai.mcp import MCPServerStdio\nserver = MCPServerStdio('uvx', args=['mcp-server-time'])\n",
            "mcp-server-time",
            {"transport": "stdio", "command": "uvx mcp-server-time", "package": "pkg:pypi/mcp-server-time"},
        ),
        (
            "a.ts",
            (
                'import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";\n'
                'const t = new StreamableHTTPClientTransport(new URL("https://m.example/mcp"));\n'
            ),
            "m.example",
            {"transport": "http", "endpoint": "https://m.example/mcp"},
        ),
        (
            "a.ts",
            (
                'import { MCPClient } from "@mastra/mcp";\n'
                'const c = new MCPClient({ servers: { files: { command: "npx", args: ["-y", "@acme/files"] } } });\n'
            ),
            "files",
            {"transport": "stdio", "command": "npx -y @acme/files", "package": "pkg:npm/%40acme/files"},
        ),
    ],
)
def test_a_server_that_code_uses_is_told_without_secrets(
    tmp_path: Path, path: str, text: str, name: str, content: dict[str, object]
) -> None:
    (item,) = found(tmp_path, {path: text}, SERVICE).values()
    assert (item.name, item.content) == (name, {"role": "mcp", **content})
    assert "canary" not in str(item)


@pytest.mark.parametrize(
    "text",
    [
        "from mcp import StdioServerParameters\ndef f(p: StdioServerParameters): ...\n",
        "from mcp import StdioServerParameters\ndef f(c, a):\n    StdioServerParameters(command=c, args=a)\n",
        "from fastmcp import FastMCP\nmcp = FastMCP('notes')\n",
        'import x  # mcp\nmcpServers = {}\nimage = {"type": "url", "url": "https://x.example/a.png"}\n',
    ],
)
def test_what_is_no_server_in_use(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"a.py": text}, SERVICE) == {}
