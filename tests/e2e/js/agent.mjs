// An agent with keys of its own, by libraries that are not ours: npm `dpop` proves, `jose` signs tokens, `web-bot-auth` signs
// requests (RFC 9421).
//
// Reads one command per line from standard input and prints one JSON answer per line:
//   {"do": "keys", "alg"}                       makes the keys anew: {"issuer": public JWK, "signature": public JWK}, each with `kid`
//   {"do": "token", "claims", "bound"}          an access token of that issuer, bound to the agent's DPoP key or not: {"token"}
//   {"do": "proof", "method", "url", "token", "nonce", "other"}  a DPoP proof, by another key if `other`: {"proof"}
//   {"do": "sign", "method", "url", "headers", "components"}     the headers of a signed request: {"headers"}

import * as DPoP from 'dpop';
import * as jose from 'jose';
import { signatureHeaders } from 'web-bot-auth';
import { signerFromJWK } from 'web-bot-auth/crypto';

import { converse } from './dialogue.mjs';

let held;

async function keys({ alg }) {
  const issuer = await jose.generateKeyPair(alg);
  const signature = await jose.generateKeyPair('Ed25519', { extractable: true });
  held = {
    alg,
    issuer,
    dpop: await DPoP.generateKeyPair(alg),
    other: await DPoP.generateKeyPair(alg),
    signer: await signerFromJWK(await jose.exportJWK(signature.privateKey)),
  };
  return { issuer: await published(issuer.publicKey), signature: await published(signature.publicKey) };
}

async function published(key) {
  const jwk = await jose.exportJWK(key);
  return { ...jwk, kid: await jose.calculateJwkThumbprint(jwk) };
}

async function token({ claims, bound }) {
  const { kid } = await published(held.issuer.publicKey);
  const cnf = bound ? { cnf: { jkt: await DPoP.calculateThumbprint(held.dpop.publicKey) } } : {};
  const jwt = new jose.SignJWT({ ...claims, ...cnf }).setProtectedHeader({ alg: held.alg, typ: 'at+jwt', kid });
  return { token: await jwt.sign(held.issuer.privateKey) };
}

async function proof({ method, url, token, nonce, other }) {
  return { proof: await DPoP.generateProof(other ? held.other : held.dpop, url, method, nonce ?? undefined, token) };
}

async function sign({ method, url, headers, components }) {
  const request = new Request(url, { method, headers });
  const created = new Date();
  const expires = new Date(created.getTime() + 60_000);
  const signed = await signatureHeaders(request, held.signer, { created, expires, components });
  return { headers: { ...headers, ...signed } };
}

await converse({ keys, token, proof, sign });
