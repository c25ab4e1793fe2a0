import os

import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("intranet-wiki")
BASE = "https://wiki.corp.example/rest/api"


class Wiki:
    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {os.environ['WIKI_TOKEN']}"
        self.session.verify = False

    def search(self, words: str) -> list[dict]:
        answer = self.session.get(f"{BASE}/search", params={"cql": words}, timeout=20)
        answer.raise_for_status()
        return answer.json()["results"]


@mcp.tool()
def search_wiki(words: str) -> list[str]:
    """Titles of pages that match."""
    return [page["title"] for page in Wiki().search(words)]


if __name__ == "__main__":
    mcp.run()
