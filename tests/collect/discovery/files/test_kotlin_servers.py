"""What Kotlin adds to a server of MCP's SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.base import Source
from driftseal.collect.discovery.files.kotlin_servers import KotlinServers
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from growth import grows_linearly

SERVER = '''\
package bot

import io.modelcontextprotocol.kotlin.sdk.Implementation
import io.modelcontextprotocol.kotlin.sdk.server.Server

fun serve(prefix: String) {
    val server = Server(Implementation(name = "weather", version = "0.1.0"), ServerOptions())
    // server.addTool(name = "gone", description = "Was here")
    /* server.addTool("gone_too", "Was here") */
    server.addTool(
        name = "get_alerts",
        description = """
            Gets the alerts of a state.
        """,
    ) { request -> CallToolResult(listOf()) }
    server.addTool("say \\"hi\\"", "Greets") { error("no") }
    server.addTool(Tool(name = "get_forecast", inputSchema = Tool.Input())) { error("no") }
    server.addTool(name = "${prefix}_dynamic", description = "Unknown")
    println("addTool(name = is how tools are added")
}
'''


def test_tools_are_told_with_what_is_said_of_them(tmp_path: Path) -> None:
    tools = found(tmp_path, {"src/Main.kt": SERVER}, ItemKind.TOOL)
    assert {name: (places(item), item.content) for name, item in tools.items()} == {
        "get_alerts": (
            [("src/Main.kt", 11)],
            {"name": "get_alerts", "description": "Gets the alerts of a state."},
        ),
        'say "hi"': ([("src/Main.kt", 16)], {"name": 'say "hi"', "description": "Greets"}),
        "get_forecast": ([("src/Main.kt", 17)], {"name": "get_forecast"}),
    }
    servers = found(tmp_path, {}, ItemKind.SERVICE)
    assert {name: (places(item), item.content) for name, item in servers.items()} == {
        "weather": ([("src/Main.kt", 7)], {"role": "mcp"})
    }


def test_a_client_and_other_frameworks_serve_nothing(tmp_path: Path) -> None:
    client = "import io.modelcontextprotocol.kotlin.sdk.client.Client\n"
    files = {
        "Client.kt": client + 'val c = Client(Implementation(name = "asker", version = "1"))\n',
        "Shop.kt": 'import acme.Workshop\nfun a(w: Workshop) { w.addTool(name = "hammer", description = "Hits") }\n',
        "src/test/MainTest.kt": SERVER,
    }
    assert found(tmp_path, files, ItemKind.TOOL) == {}
    assert found(tmp_path, files, ItemKind.SERVICE) == {}


@pytest.mark.parametrize(
    "part", ["addTool(", 'Tool(name = "a"', '"', '"""', "/*", "//\n", "addTool(\n ", '"a", ', "\\", '""""']
)
def test_any_text_is_read_in_linear_time(part: str) -> None:
    def look(count: int) -> None:
        text = f"import io.modelcontextprotocol.a\naddTool{part * count}"
        list(KotlinServers().look(Source("A.kt", text.encode(), DEFAULT_LIMITS)))

    assert grows_linearly(look, 1500)
