"""Makes X.509 certificates with the `cryptography` package, one JSON request per line on stdin, one answer per line on stdout.

{"name": label, "issuer": label or null, "subject": common name, "ca": bool, "uris": [...], "dns": [...], "ips": [...],
 "usages": [...], "days": n}
-> {"certificate": PEM, "key": PEM, "digest": SHA-256 of the DER form, base64url}

Without an issuer the certificate signs itself. `usages` are names of `KeyUsage`'s fields, `digital_signature` if left out.
"""

import base64
import datetime
import ipaddress
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USAGES = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
]

made = {}


def make(request):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, request["subject"])])
    issuer_certificate, issuer_key = made.get(request.get("issuer"), (None, key))
    is_ca = request.get("ca", False)
    usages = request.get("usages", ["key_cert_sign"] if is_ca else ["digital_signature"])
    now = datetime.datetime.now(datetime.timezone.utc)
    days = request.get("days", 1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_certificate.subject if issuer_certificate else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{usage: usage in usages for usage in USAGES}), critical=True)
    )
    names = [x509.UniformResourceIdentifier(uri) for uri in request.get("uris", [])]
    names += [x509.DNSName(name) for name in request.get("dns", [])]
    names += [x509.IPAddress(ipaddress.ip_address(ip)) for ip in request.get("ips", [])]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    made[request["name"]] = (certificate, key)
    digest = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=")
    return {
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "digest": digest.decode(),
    }


for line in sys.stdin:
    try:
        answer = make(json.loads(line))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
