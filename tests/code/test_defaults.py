"""What settings amount to as long as nobody makes them."""

from __future__ import annotations

import pytest

from driftseal.code import ir
from driftseal.code.constants import Spot
from driftseal.code.defaults import Defaults
from driftseal.code.front_ends import lower
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS

_BEFORE = """
import argparse
import os
from pydantic import Field
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    host: str = Field(default="198.51.100.7", description="Where to listen")
    secure: bool = False

class Table(BaseSettings):
    bind: ClassVar[str] = "198.51.100.9"

    @classmethod
    def read(cls, path):
        return cls.model_validate(parsed(path))

def load():
    return Settings(host=os.environ.get("HOST", "127.0.0.1"))

parser = argparse.ArgumentParser()
parser.add_argument("--bind-to", "-b", default="198.51.100.8")
args = parser.parse_args()
settings = Settings()
loaded = load()
checked = Settings.model_validate(given)
read = Table.read("server.toml")
told = Settings(secure=True)
if os.getenv("LAX"):
    CHECKED = False
else:
    CHECKED = True
ON = os.getenv("ON", "True").lower() in ("1", "true")
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('os.getenv("HOST", "198.51.100.7")', "198.51.100.7"),
        ('os.environ.get("ORIGINS", "*").split(",")', "*"),
        ('os.getenv("HOST")', None),
        ('table.get("HOST", "198.51.100.7")', None),
        ('os.getenv("ON", "false").lower() == "true"', False),
        ('os.getenv("OFF", "0") not in ("1", "true")', True),
        ("ON", True),
        ("CHECKED", None),
        ("not ON", False),
        ("settings.host", "198.51.100.7"),
        ("settings.secure", False),
        ("told.secure", True),
        ("loaded.host", "127.0.0.1"),
        ("checked.host", "198.51.100.7"),
        ("read.bind", "198.51.100.9"),
        ("read.port", None),
        ("args.bind_to", "198.51.100.8"),
        ("args.port", None),
        ('os.getenv("HOST") or "198.51.100.8"', "198.51.100.8"),
    ],
)
def test_a_setting_is_its_default_until_it_is_made(expression: str, value: object) -> None:
    module = lower(f"{_BEFORE}\nanswer = {expression}\n".encode(), "server.py", DEFAULT_LIMITS)
    assert module is not None
    last = module.functions[0].body[-1]
    assert isinstance(last, ir.Assign)
    assert Defaults(Project({"server.py": module})).fold(Spot("server.py", 0, last.value)) == value


def test_names_that_lead_round_come_to_nothing() -> None:
    module = lower(b"import os\na = os.getenv('A', b)\nb = os.getenv('B', a)\n", "server.py", DEFAULT_LIMITS)
    assert module is not None
    assert Defaults(Project({"server.py": module})).fold(Spot("server.py", 0, ir.Name("a", 1))) is None
