"""Sends requests over TLS with a client certificate, one JSON request per line on stdin, one JSON answer per line on stdout.

{"get": path, "port": n, "trust": PEM file, "certificate": PEM file or null, "key": PEM file, "headers": {...}}
-> {"status": n, "body": text}, or {"refused": text} where the connection did not come about
"""

import http.client
import json
import ssl
import sys


def get(request):
    context = ssl.create_default_context(cafile=request["trust"])
    if request["certificate"]:
        context.load_cert_chain(request["certificate"], request["key"])
    try:
        connection = http.client.HTTPSConnection("localhost", request["port"], context=context, timeout=60)
        connection.request("GET", request["get"], headers=request["headers"])
        response = connection.getresponse()
        return {"status": response.status, "body": response.read().decode()}
    except (ssl.SSLError, ConnectionError, http.client.HTTPException) as error:
        return {"refused": str(error)}


for line in sys.stdin:
    try:
        answer = get(json.loads(line))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
