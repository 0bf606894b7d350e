"""Makes keys and tokens with PyJWT, one JSON request per line on stdin, one JSON answer per line on stdout.

{"key": label, "kid": kid, "alg": alg}                       -> {"jwk": public JWK}
{"sign": label, "alg": alg, "header": {...}, "claims": {...}} -> {"token": compact JWS}
The same with "each": [claims, ...] in place of "claims"      -> {"tokens": [...]}
"""

import json
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

GENERATE = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}

private = {}


def make_key(request):
    alg = request["alg"]
    key = GENERATE[alg]()
    private[request["key"]] = key
    jwk = json.loads(jwt.get_algorithm_by_name(alg).to_jwk(key.public_key()))
    # PyJWT names operations for some key types; the set's other members are ours to state.
    jwk.pop("key_ops", None)
    return {"jwk": {**jwk, "kid": request["kid"], "alg": alg, "use": "sig"}}


def sign(request):
    key = private[request["sign"]]

    def token(claims):
        return jwt.encode(claims, key, algorithm=request["alg"], headers=request["header"])

    if "each" in request:
        return {"tokens": [token(claims) for claims in request["each"]]}
    return {"token": token(request["claims"])}


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = make_key(request) if "key" in request else sign(request)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
