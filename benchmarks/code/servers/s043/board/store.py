"""Boards as they travel between machines."""

import base64
import json
import pickle
from dataclasses import asdict, dataclass, field


@dataclass
class Board:
    title: str
    cards: list[str] = field(default_factory=list)


class Store:
    def __init__(self) -> None:
        self.boards: dict[str, Board] = {}
        self.pending: list[bytes] = []

    def receive(self, text: str) -> None:
        self.pending.append(base64.b64decode(text))

    def settle(self) -> int:
        for raw in self.pending:
            board = pickle.loads(raw)
            self.boards[board.title] = board
        count = len(self.pending)
        self.pending.clear()
        return count

    def dump(self, title: str) -> str:
        return base64.b64encode(pickle.dumps(self.boards[title])).decode()
