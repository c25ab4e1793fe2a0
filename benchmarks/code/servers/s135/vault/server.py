import asyncio
import os

import mcp.types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

from vault.places import inside

VAULT = os.path.realpath(os.environ.get("VAULT_DIR", os.path.expanduser("~/notes")))
app = Server("vault-notes")

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


@app.list_tools()
async def list_tools() -> list[types.Tool]:
    return [
        types.Tool(name="read_note", description="Read one note of the vault.", inputSchema=SCHEMA),
        types.Tool(name="list_notes", description="Names of all notes.", inputSchema={"type": "object"}),
    ]


@app.call_tool()
async def call_tool(name: str, arguments: dict) -> list[types.TextContent]:
    if name == "read_note":
        place = inside(VAULT, arguments["path"])
        with open(place, encoding="utf-8") as file:
            return [types.TextContent(type="text", text=file.read())]
    if name == "list_notes":
        names = sorted(entry.name for entry in os.scandir(VAULT) if entry.name.endswith(".md"))
        return [types.TextContent(type="text", text="\n".join(names))]
    raise ValueError(f"unknown tool {name}")


async def main() -> None:
    async with stdio_server() as (reader, writer):
        await app.run(reader, writer, app.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main())
