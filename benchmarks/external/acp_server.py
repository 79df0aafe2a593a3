"""The agents `echo` and `tokens` behind ACP's official server, which exists in Python only, for `bench --target`.

    python3 -m venv .venv && .venv/bin/pip install acp-sdk==1.0.3 'uvicorn<0.36'
    .venv/bin/python benchmarks/external/acp_server.py 8009
    npx -y pnpm@12 bench --binding acp/rest --target http://127.0.0.1:8009 --pid <its process id>

acp-sdk asks for any uvicorn, and does not start with those from 0.36 on.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncGenerator

from acp_sdk.models import Message, MessagePart
from acp_sdk.server import Context, Server

server = Server()


@server.agent()
async def echo(input: list[Message], context: Context) -> AsyncGenerator:
    """Returns what it is sent."""
    for message in input:
        for part in message.parts:
            yield part


@server.agent()
async def tokens(input: list[Message], context: Context) -> AsyncGenerator:
    """Returns as many pieces as {"chunks":n} asks for, {"intervalMs":ms} apart."""
    wanted = json.loads(input[0].parts[0].content)
    for n in range(wanted["chunks"]):
        if n > 0:
            await asyncio.sleep(wanted.get("intervalMs", 0) / 1000)
        yield MessagePart(content=f"token-{n}")


if __name__ == "__main__":
    # A line for every run would be a good part of its cost.
    logging.disable(logging.INFO)
    print(f"pid {os.getpid()}", flush=True)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), access_log=False)
