"""Which transport speaks to a URL. Imports nothing heavy until one is opened."""

from __future__ import annotations

from driftseal.collect.base import Context
from driftseal.collect.mcp.spec import HttpSpec, HttpTransport
from driftseal.collect.mcp.transport import Budget, Transport


def open_transport(spec: HttpSpec, context: Context, budget: Budget, *, client_name: str) -> Transport:
    """A transport for a server at a URL; nothing is contacted before its ``open``.

    ``client_name`` is the ``User-Agent``. Real header values go to this URL's origin alone.

    Raises:
        AddressRefused: the URL is of no form that is contacted.
        TargetError: a header cannot be sent.
    """
    from driftseal.collect.mcp.server import HttpServer
    from driftseal.collect.mcp.sse import LegacySse
    from driftseal.collect.mcp.streamable import StreamableHttp

    server = HttpServer(spec, context, budget, client_name=client_name)
    if spec.transport is HttpTransport.SSE:
        return LegacySse(server, budget)
    return StreamableHttp(server, budget, spec.transport)
