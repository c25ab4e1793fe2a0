"""Gives an agent read access to one project folder."""

import argparse
import os
from dataclasses import dataclass

from mcp.server.fastmcp import FastMCP


@dataclass
class Project:
    root: str

    def locate(self, name: str) -> str:
        place = os.path.abspath(os.path.join(self.root, name))
        if os.path.commonpath([place, self.root]) != self.root:
            raise PermissionError(f"{name} is not part of the project")
        return place


def build(root: str) -> FastMCP:
    project = Project(os.path.realpath(root))
    mcp = FastMCP("project-reader")

    @mcp.tool()
    def read_file(name: str) -> str:
        """Read a text file of the project."""
        with open(project.locate(name), encoding="utf-8", errors="replace") as file:
            return file.read(200_000)

    @mcp.tool()
    def list_folder(name: str = ".") -> list[str]:
        """Entries of a folder of the project."""
        return sorted(os.listdir(project.locate(name)))

    return mcp


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", nargs="?", default=".")
    build(parser.parse_args().root).run()


if __name__ == "__main__":
    main()
