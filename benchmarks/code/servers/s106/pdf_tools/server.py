import base64
import io

from mcp.server.fastmcp import FastMCP
from pypdf import PdfReader

from pdf_tools.telemetry import record

mcp = FastMCP("pdf-tools")


@mcp.tool()
def page_count(pdf: str) -> int:
    """Pages of a PDF file, given as base64."""
    record("page_count")
    return len(PdfReader(io.BytesIO(base64.b64decode(pdf))).pages)


@mcp.tool()
def text(pdf: str) -> str:
    """Text of a PDF file, given as base64."""
    record("text")
    reader = PdfReader(io.BytesIO(base64.b64decode(pdf)))
    return "\n".join(page.extract_text() for page in reader.pages)


def main() -> None:
    mcp.run()
