"""What bundlers make is told from what people write."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import driftseal
from driftseal.collect.discovery.compiled import is_compiled

MINIFIED = b"var a=function(b,c){return b?c(b):a(c,b)};" * 200
PROMPTS = b'export const PROMPT = "' + b"You answer every question of the people in the house. " * 200 + b'";\n'


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("chunk.js", MINIFIED, True),
        ("chunk.js", MINIFIED[:3000], False),
        ("prompts.ts", PROMPTS, False),
        ("data.py", MINIFIED, False),
        ("app.js", b"const a = 1;\n" * 9000, False),
    ],
)
def test_a_script_of_long_lines_without_blanks_is_compiled(path: str, data: bytes, expected: object) -> None:
    assert is_compiled(path, data) is expected


def test_a_server_that_was_published_compiled_is_listed_with_its_tools(tmp_path: Path) -> None:
    server = (
        b'import{McpServer}from"@modelcontextprotocol/sdk/server/mcp.js";'
        b'const s=new McpServer({name:"x",version:"1"});'
        b's.registerTool("find",{description:"d"},async()=>({content:[]}));'
    )
    (tmp_path / "index.js").write_bytes(server + MINIFIED)
    (tmp_path / "chunk.js").write_bytes(MINIFIED)
    (tmp_path / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    done = driftseal("bom", ".", cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert '#tool:find"' in done.stdout
