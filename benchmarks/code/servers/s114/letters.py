from datetime import date

from jinja2 import Environment
from jinja2.sandbox import SandboxedEnvironment
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("letter-writer")

HOUSE = {
    "reminder": "Dear {{ name }},\nour invoice of {{ day }} is still open.",
    "thanks": "Dear {{ name }},\nthank you for your order.",
}


def fill(source: str, values: dict[str, str]) -> str:
    environment = Environment(autoescape=False)
    return environment.from_string(source).render(day=date.today().isoformat(), **values)


@mcp.tool()
def house_letter(kind: str, name: str) -> str:
    """Fill one of the house's own letters."""
    return fill(HOUSE[kind], {"name": name})


@mcp.tool()
def custom_letter(template: str, values: dict[str, str]) -> str:
    """Fill a letter from a template of your own, with {{ placeholders }}."""
    return fill(template, values)


if __name__ == "__main__":
    mcp.run()
