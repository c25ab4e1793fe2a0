import base64
import io
import os
import zipfile
from pathlib import Path

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("theme-installer")
THEMES = Path("themes").resolve()
CATALOGUE = "https://themes.sitekit.example/v1"


def unpack(data: bytes, folder: Path) -> int:
    count = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            target = os.path.realpath(os.path.join(folder, member.filename))
            if not target.startswith(str(folder) + os.sep):
                raise ValueError("a member of the archive lies outside of it")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(archive.read(member))
            count += 1
    return count


@mcp.tool()
def install_theme(archive: str) -> str:
    """Install a theme from a zip file, given as base64."""
    data = base64.b64decode(archive)
    return f"{unpack(data, THEMES)} files"


@mcp.tool()
async def search_themes(words: str) -> list[str]:
    """Search the catalogue."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{CATALOGUE}/search", params={"q": words})
        return [theme["name"] for theme in answer.json()["themes"]]


if __name__ == "__main__":
    mcp.run()
