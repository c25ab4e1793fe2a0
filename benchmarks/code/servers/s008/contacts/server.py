import os

from mcp.server.fastmcp import FastMCP

from contacts.book import Book, Query

mcp = FastMCP("contacts")
book = Book(os.environ.get("CONTACTS_DB", "contacts.db"))


@mcp.tool()
def find_contact(name: str, city: str = "") -> list[tuple]:
    """Find people by name and, if given, by city."""
    query = Query("people").equals("name", name)
    if city:
        query = query.equals("city", city)
    return book.run(query)


@mcp.tool()
def count_contacts() -> int:
    """How many people the book holds."""
    return book.connection.execute("SELECT count(*) FROM people").fetchone()[0]


if __name__ == "__main__":
    mcp.run()
