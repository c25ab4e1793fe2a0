"""Ways in which text is hidden from people or patterns and read by models; one file undoes one of them."""

from __future__ import annotations

from typing import Final

from driftseal.observe.decode.ansi import Ansi
from driftseal.observe.decode.backwards import Backwards
from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.decode.base_64 import Base64
from driftseal.observe.decode.entities import Entities
from driftseal.observe.decode.escapes import Escapes
from driftseal.observe.decode.hexadecimal import Hexadecimal
from driftseal.observe.decode.invisible import Invisible
from driftseal.observe.decode.leet import Leet
from driftseal.observe.decode.look_alikes import LookAlikes
from driftseal.observe.decode.overrides import Overrides
from driftseal.observe.decode.padding import Padding
from driftseal.observe.decode.percent import Percent
from driftseal.observe.decode.rot13 import Rot13
from driftseal.observe.decode.spaced import Spaced
from driftseal.observe.decode.tags import Tags
from driftseal.observe.decode.variation import Variation
from driftseal.observe.decode.zero_width import ZeroWidth

DECODINGS: Final[tuple[Decoding, ...]] = (
    Tags(),
    ZeroWidth(),
    Variation(),
    Overrides(),
    Ansi(),
    Invisible(),
    LookAlikes(),
    Base64(),
    Hexadecimal(),
    Percent(),
    Entities(),
    Escapes(),
    Padding(),
    Rot13(),
    Backwards(),
    Leet(),
    Spaced(),
)
"""In the order in which they are tried: what carries a message of its own before what only tidies up."""

__all__ = ["DECODINGS", "Decoded", "Decoding"]
