"""Walks one MCP session with the official Python client and reports what that client's user would see.

Reads one JSON object from stdin:
  url      the MCP endpoint
  mode     "legacy" (initialize handshake), "auto" (server/discover first) or a stateless revision
  headers  sent with every request
  calls    [{"tool": name, "arguments": {...}}], made in order

Prints one JSON object: {"connected": {...}, "tools": [...], "calls": [...]}, where every failure is
{"raised": type, "message": text, ...} in the place of its result.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


def leaves(error):
    """The errors inside (nested) exception groups, which is how the client's task groups report them."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    return [error]


def raised(error):
    first = leaves(error)[0]
    report = {"raised": type(first).__name__, "message": str(first)}
    detail = getattr(first, "error", None)
    if detail is not None:
        report["code"] = detail.code
        report["data"] = detail.data
    return report


async def call(client, wanted):
    try:
        result = await client.call_tool(wanted["tool"], wanted["arguments"])
    except Exception as error:
        return raised(error)
    text = "\n".join(part.text for part in result.content if part.type == "text")
    return {"raised": "tool error", "message": text} if result.is_error else {"text": text}


async def walk(client, plan, report):
    report["connected"] = {"protocol_version": client.protocol_version}
    try:
        report["tools"] = sorted(tool.name for tool in (await client.list_tools()).tools)
    except Exception as error:
        report["tools"] = raised(error)
    report["calls"] = [await call(client, wanted) for wanted in plan.get("calls", [])]


async def main():
    plan = json.load(sys.stdin)
    report = {}
    try:
        async with httpx2.AsyncClient(headers=plan.get("headers", {}), timeout=60) as http:
            transport = streamable_http_client(plan["url"], http_client=http)
            async with Client(transport, mode=plan["mode"], read_timeout_seconds=60) as client:
                await walk(client, plan, report)
    except Exception as error:
        report.setdefault("connected", raised(error))
    print(json.dumps(report))


asyncio.run(main())
