import importlib
import pkgutil
from importlib.metadata import entry_points

from mcp.server.fastmcp import FastMCP

import reports.builtin

mcp = FastMCP("report-plugins")


def collect() -> dict:
    makers = {}
    for module in pkgutil.iter_modules(reports.builtin.__path__):
        loaded = importlib.import_module(f"reports.builtin.{module.name}")
        makers[module.name] = loaded.make
    for entry in entry_points(group="report_plugins"):
        makers[entry.name] = entry.load()
    return makers


MAKERS = collect()


@mcp.tool()
def make_report(kind: str) -> str:
    """Make a report of one of the installed kinds."""
    if kind not in MAKERS:
        raise ValueError(f"kinds are {', '.join(sorted(MAKERS))}")
    return MAKERS[kind]()


if __name__ == "__main__":
    mcp.run()
