"""Talks to an A2A agent with the official Python SDK, and reports what that client's user would see.

Reads one JSON object from a line of stdin:
  origin   where the gateway is, "http://127.0.0.1:1234"
  path     the agent's path there
  version  "1.0" or "0.3"
  binding  "JSONRPC" or "HTTP+JSON"
  headers  sent with every request but the card's
  streaming  whether messages are sent as streams
  steps    made in order: {"send": text, "task": id or nothing, "context": id or nothing}, {"get": id}, {"cancel": id}; an id that is "last" is that of the
           last answer's task

Prints one JSON object: {"card": name, "steps": [...]}, where every failure is {"raised": type, "message": text, "data": ...}
in the place of its result.
"""

import asyncio
import json
import sys

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.helpers.proto_helpers import get_message_text, new_text_message
from a2a.types import CancelTaskRequest, GetTaskRequest, Role, SendMessageRequest, StreamResponse


def raised(error):
    report = {"raised": type(error).__name__, "message": str(error)}
    data = getattr(error, "data", None)
    return report | ({"data": data} if data else {})


def seen(answer):
    """A task, or an event of one, as its id, its context, its state and what the agent said last."""
    which = answer.WhichOneof("payload") if isinstance(answer, StreamResponse) else None
    task = getattr(answer, which) if which else answer
    said = get_message_text(task.status.message) if task.status.HasField("message") else ""
    return {
        "task": task.task_id if which == "status_update" else task.id,
        "context": task.context_id,
        "state": task.status.state,
        "said": said,
    }


async def step(client, wanted, last):
    named = {key: last if value == "last" else value for key, value in wanted.items()}
    if "get" in named:
        return seen(await client.get_task(GetTaskRequest(id=named["get"])))
    if "cancel" in named:
        return seen(await client.cancel_task(CancelTaskRequest(id=named["cancel"])))
    message = new_text_message(named["send"], role=Role.ROLE_USER)
    message.task_id = named.get("task") or ""
    message.context_id = named.get("context") or ""
    answers = [seen(answer) async for answer in client.send_message(SendMessageRequest(message=message))]
    return answers[-1]


async def main():
    plan = json.loads(sys.stdin.readline())
    report = {"steps": []}
    last = ""
    async with httpx.AsyncClient(timeout=60) as http:
        try:
            card = await A2ACardResolver(http, plan["origin"]).get_agent_card()
            report["card"] = card.name
        except Exception as error:
            report["card"] = raised(error)
            print(json.dumps(report))
            return
        # The one way to have the SDK speak a certain version is a card that has no other.
        wanted = (plan["version"], plan["binding"])
        found = [one for one in card.supported_interfaces if (one.protocol_version, one.protocol_binding) == wanted]
        del card.supported_interfaces[:]
        card.supported_interfaces.extend(found[:1])
        card.supported_interfaces[0].url = plan["origin"] + plan["path"]
        http.headers.update(plan.get("headers", {}))
        config = ClientConfig(
            httpx_client=http,
            supported_protocol_bindings=[plan["binding"]],
            streaming=plan.get("streaming", False),
        )
        client = ClientFactory(config).create(card)
        for wanted in plan["steps"]:
            try:
                answer = await step(client, wanted, last)
                last = answer.get("task", last)
            except Exception as error:
                answer = raised(error)
            report["steps"].append(answer)
    print(json.dumps(report))


asyncio.run(main())
