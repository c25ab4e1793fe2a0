"""Loads pages of the public web."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx

AGENT = {"User-Agent": "page-to-markdown/0.3"}


async def public(host: str) -> bool:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return all(ipaddress.ip_address(entry[4][0]).is_global for entry in found)


async def load(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not await public(parts.hostname):
        raise ValueError("only pages of the public web")
    async with httpx.AsyncClient(headers=AGENT, timeout=20, follow_redirects=False) as client:
        answer = await client.get(url)
        answer.raise_for_status()
        return answer.text
