from pathlib import Path
from urllib.parse import unquote

from fastmcp import FastMCP

mcp = FastMCP(name="doc-shelf")
SHELF = Path("/srv/documents")


def locate(reference: str) -> Path:
    if ".." in reference or reference.startswith("/"):
        raise ValueError("relative paths only")
    return SHELF / unquote(reference)


@mcp.tool
def read_document(reference: str) -> str:
    """Return a document by its URL-encoded reference, as listed by list_documents."""
    return locate(reference).read_text(encoding="utf-8")


@mcp.tool
def list_documents() -> list[str]:
    """All references."""
    return sorted(str(path.relative_to(SHELF)) for path in SHELF.rglob("*.md"))


@mcp.resource("shelf://index")
def index() -> str:
    """The shelf's own index."""
    return (SHELF / "index.md").read_text(encoding="utf-8")


if __name__ == "__main__":
    mcp.run()
