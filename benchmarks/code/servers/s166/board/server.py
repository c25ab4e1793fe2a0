from mcp.server.fastmcp import FastMCP

from .store import Board, Store

mcp = FastMCP("session-board")
store = Store()


@mcp.tool()
def create_board(title: str) -> str:
    """Make an empty board."""
    store.boards[title] = Board(title)
    return title


@mcp.tool()
def export_board(title: str) -> str:
    """A board as text for another machine."""
    return store.dump(title)


@mcp.tool()
def import_board(text: str) -> int:
    """Take over a board that another machine exported."""
    store.receive(text)
    return store.settle()


def main() -> None:
    mcp.run()
