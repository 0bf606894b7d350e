// An authorization server that is not ours (npm `oidc-provider`): OAuth 2.1 with PKCE, DPoP, resource indicators and JWT
// access tokens. It logs `alice` in by itself and grants what is asked, so that a client without a browser gets through.
//
// usage: node authorization_server.mjs RESOURCE CERTIFICATE KEY
// Prints `{"issuer": URL, "plain": PORT}` once it listens: on the plain port it does the same without TLS, for whoever fetches
// its keys from inside. `POST /test/rotate` replaces the signing key.

import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

import Provider from 'oidc-provider';
import * as jose from 'jose';

const [resource, certificate, key] = process.argv.slice(2);
const scopes = 'orders';
let provider;
let rotations = 0;

async function signingKey() {
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: `as-${rotations++}` };
}

function resourceServer(context, indicated) {
  if (indicated !== resource) {
    throw new Error(`unknown resource ${indicated}`);
  }
  return {
    scope: scopes,
    audience: resource,
    accessTokenTTL: 300,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  };
}

async function start(issuer) {
  provider = new Provider(issuer, {
    jwks: { keys: [await signingKey()] },
    cookies: { keys: ['only for tests'] },
    scopes: ['openid', scopes],
    clients: [
      {
        client_id: 'desk',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
      {
        client_id: 'nightly-agent',
        client_secret: 'only-for-tests',
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
        grant_types: ['client_credentials'],
        scope: scopes,
      },
    ],
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: resourceServer,
        useGrantedResource: () => true,
      },
      revocation: { enabled: true },
    },
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
  });
}

/// Logs in and consents, as a person would who trusts everybody.
async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  for (const [indicated, missing] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(indicated, missing.join(' '));
  }
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

async function serve(request, response) {
  try {
    if (request.url === '/test/rotate') {
      await start(provider.issuer);
      response.end();
    } else if (request.url.startsWith('/interaction/')) {
      await interact(request, response);
    } else {
      provider.callback()(request, response);
    }
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

const tls = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
const issuer = `https://127.0.0.1:${await listen(https.createServer(tls, serve))}`;
await start(issuer);
console.log(JSON.stringify({ issuer, plain: await listen(http.createServer(serve)) }));
