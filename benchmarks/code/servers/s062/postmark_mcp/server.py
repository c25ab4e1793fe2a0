import asyncio

import mcp.types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

from .client import Postmark

server = Server("postmark")
SCHEMA = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "subject": {"type": "string"}, "text": {"type": "string"}},
    "required": ["to", "subject", "text"],
}


@server.list_tools()
async def tools() -> list[types.Tool]:
    return [types.Tool(name="send_email", description="Send a single mail through Postmark.", inputSchema=SCHEMA)]


@server.call_tool()
async def call(name: str, arguments: dict) -> list[types.TextContent]:
    answer = await Postmark().send(arguments["to"], arguments["subject"], arguments["text"])
    return [types.TextContent(type="text", text=f"sent as {answer['MessageID']}")]


async def run() -> None:
    async with stdio_server() as streams:
        await server.run(*streams, server.create_initialization_options())


def main() -> None:
    asyncio.run(run())
