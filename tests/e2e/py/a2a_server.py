"""An A2A agent made with the official Python SDK: versions 1.0 and 0.3, JSON-RPC and HTTP+JSON, behind one port.

Prints {"port": N} once it listens, and ends when its stdin does.

Whose a task is, it takes from the fields by which the gateway says who calls, as docs/a2a.md shows it.

Its one skill waits for more: a task that was begun stays until it is cancelled, and answers what it was told.
"""

import asyncio
import json
import socket
import sys
import threading

import uvicorn
from a2a.auth.user import User
from a2a.helpers.proto_helpers import get_message_text, new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.routes.common import DefaultServerCallContextBuilder
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, TaskState
from starlette.applications import Starlette


class Waiter(AgentExecutor):
    async def execute(self, context, event_queue):
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        told = get_message_text(context.message)
        message = updater.new_agent_message([new_text_part(f"heard {told}")])
        await updater.update_status(TaskState.TASK_STATE_INPUT_REQUIRED, message)

    async def cancel(self, context, event_queue):
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        await updater.update_status(TaskState.TASK_STATE_CANCELED)


class Caller(User):
    def __init__(self, fields):
        self.names = (fields.get("x-bailiwick-agent", ""), fields.get("x-bailiwick-user", ""))

    @property
    def is_authenticated(self):
        return bool(self.names[0])

    @property
    def user_name(self):
        return json.dumps(self.names)


class ByGateway(DefaultServerCallContextBuilder):
    def build_user(self, request):
        return Caller(request.headers)


def card(url):
    interfaces = [
        AgentInterface(url=url, protocol_binding=binding, protocol_version=version)
        for version in ("1.0", "0.3")
        for binding in ("JSONRPC", "HTTP+JSON")
    ]
    return AgentCard(
        name="travel",
        description="waits",
        version="1",
        supported_interfaces=interfaces,
        capabilities=AgentCapabilities(streaming=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="wait", name="wait", description="waits", tags=["wait"])],
    )


def main():
    base = "/a2a"
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    of_agent = card(f"http://127.0.0.1:{port}{base}")
    handler = DefaultRequestHandler(
        agent_executor=Waiter(), task_store=InMemoryTaskStore(), agent_card=of_agent
    )
    app = Starlette(
        routes=[
            *create_agent_card_routes(of_agent),
            *create_jsonrpc_routes(handler, base, ByGateway(), enable_v0_3_compat=True),
            *create_rest_routes(handler, ByGateway(), path_prefix=base, enable_v0_3_compat=True),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))

    def until_nobody_asks():
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=until_nobody_asks, daemon=True).start()
    print(json.dumps({"port": port}), flush=True)
    asyncio.run(server.serve(sockets=[listener]))


main()
