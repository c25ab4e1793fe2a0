import argparse

from task_list.install import install
from task_list.server import mcp


def main() -> None:
    parser = argparse.ArgumentParser(description="Task list for agents")
    commands = parser.add_subparsers(dest="command")
    adding = commands.add_parser("install", help="add this server to Claude Desktop's configuration")
    adding.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args()
    if given.command == "install":
        install(ask=not given.yes)
    else:
        mcp.run()


if __name__ == "__main__":
    main()
