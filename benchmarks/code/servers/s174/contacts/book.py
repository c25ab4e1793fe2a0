import sqlite3


class Query:
    """Collects conditions until it is run."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.where: list[str] = []
        self.values: list[str] = []

    def equals(self, column: str, value: str) -> "Query":
        self.where.append(f"{column} = '{value}'")
        return self

    def text(self) -> str:
        return f"SELECT name, mail FROM {self.table} WHERE " + " AND ".join(self.where)


class Book:
    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, check_same_thread=False)

    def run(self, query: Query) -> list[tuple]:
        return self.connection.execute(query.text(), query.values).fetchall()
