import base64
import binascii
import codecs
import zlib

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("encode-decode")
LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@mcp.tool()
def decode_base64(text: str) -> str:
    """Decode base64 text."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", errors="replace")
    except binascii.Error as error:
        return f"not base64: {error}"


@mcp.tool()
def rot13(text: str) -> str:
    """Shift letters by 13."""
    return codecs.encode(text, "rot13")


@mcp.tool()
def inflate(hex_text: str) -> str:
    """Decompress zlib data, given in hexadecimal, at most 1 MB."""
    return zlib.decompressobj().decompress(bytes.fromhex(hex_text), 1_000_000).decode("utf-8", errors="replace")


@mcp.resource("encode://logo", mime_type="image/png")
def logo() -> bytes:
    """Our logo."""
    return LOGO


if __name__ == "__main__":
    mcp.run()
