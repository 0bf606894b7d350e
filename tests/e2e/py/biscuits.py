"""Makes Biscuits with biscuit-python, one JSON request per line on stdin, one JSON answer per line on stdout.

{"key": label}                                     -> {"public": public root key, as configurations write it}
{"mint": label, "id": n, "blocks": [Datalog, ...]} -> {"token": base64url}, signed with that root key
The same with "times": n                           -> {"tokens": [...]}, each with a number of its own in its last block
"""

import json
import sys

from biscuit_auth import BiscuitBuilder, BlockBuilder, KeyPair

private = {}


def make_key(request):
    pair = KeyPair()
    private[request["key"]] = pair.private_key
    return {"public": str(pair.public_key)}


def mint(request):
    *before, last = request["blocks"]

    def built(blocks):
        authority, *rest = blocks
        builder = BiscuitBuilder(authority)
        builder.set_root_key_id(request["id"])
        token = builder.build(private[request["mint"]])
        for block in rest:
            token = token.append(BlockBuilder(block))
        return token

    if "times" not in request:
        return {"token": built(request["blocks"]).to_base64()}
    numbered = (f"{last}; number({n})" for n in range(request["times"]))
    if not before:
        return {"tokens": [built([block]).to_base64() for block in numbered]}
    parent = built(before)
    return {"tokens": [parent.append(BlockBuilder(block)).to_base64() for block in numbered]}


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = make_key(request) if "key" in request else mint(request)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
