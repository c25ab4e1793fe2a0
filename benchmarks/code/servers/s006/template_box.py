import re
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("template-box")
BOX = Path.home() / ".template-box"
NAME = re.compile(r"[a-z0-9_-]+")


class Snippets:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        if not NAME.match(name):
            raise ValueError("names are made of small letters, digits, - and _")
        return self.folder / f"{name}"

    def save(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text, encoding="utf-8")


snippets = Snippets(BOX)


@mcp.tool()
def save_snippet(name: str, text: str) -> str:
    """Keep a snippet under a name."""
    snippets.save(name, text)
    return f"saved {name}"


@mcp.tool()
def names() -> list[str]:
    """Names of all snippets."""
    return sorted(path.name for path in BOX.iterdir())


if __name__ == "__main__":
    mcp.run()
