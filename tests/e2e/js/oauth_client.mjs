// An OAuth client that is not ours (npm `oauth4webapi`, with its DPoP), which knows nothing but the protected resource's URL.
//
// Reads one command per line from standard input and prints one JSON answer per line:
//   {"do": "discover", "url"}            what the resource's challenge and metadata say (RFC 9728)
//   {"do": "code", "client_id", "scope"} an access token by the authorization code grant with PKCE and DPoP
//   {"do": "client_credentials", ...}    one for the client itself
//   {"do": "call", "method", "url", "body", "headers", "dpop"}  calls the resource; `dpop: false` sends the token as Bearer

import * as oauth from 'oauth4webapi';

import { converse } from './dialogue.mjs';

const redirect = 'http://127.0.0.1/callback';
let state = {};

async function discover({ url }) {
  const bare = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
  let challenges;
  try {
    challenges = bare.headers.get('www-authenticate');
  } finally {
    await bare.arrayBuffer();
  }
  const located = /resource_metadata="([^"]+)"/.exec(challenges ?? '')?.[1];
  const resource = new URL(url);
  const response = await oauth.resourceDiscoveryRequest(resource);
  const metadata = await oauth.processResourceDiscoveryResponse(resource, response);
  const issuer = new URL(metadata.authorization_servers[0]);
  const as = await oauth
    .discoveryRequest(issuer, { algorithm: 'oidc' })
    .then((answer) => oauth.processDiscoveryResponse(issuer, answer));
  state = { resource: metadata.resource, as };
  return { status: bare.status, challenges, located, metadata };
}

async function withKey() {
  const pair = await oauth.generateKeyPair('ES256');
  return oauth.DPoP(state.client ?? {}, pair);
}

/// Sends a token request, and again with the nonce that the server asks for.
async function tokens(send, read) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await read(await send());
    } catch (error) {
      if (attempt > 0 || !oauth.isDPoPNonceError(error)) throw error;
    }
  }
}

async function code({ client_id, scope }) {
  const client = { client_id };
  state.client = client;
  state.dpop = await withKey();
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(state.as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id,
    scope,
    redirect_uri: redirect,
    response_type: 'code',
    resource: state.resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'only-for-tests',
  })) {
    url.searchParams.set(name, value);
  }
  const back = await browse(url);
  const parameters = oauth.validateAuthResponse(state.as, client, back, 'only-for-tests');
  const answer = await tokens(
    () =>
      oauth.authorizationCodeGrantRequest(state.as, client, oauth.None(), parameters, redirect, verifier, {
        DPoP: state.dpop,
        additionalParameters: { resource: state.resource },
      }),
    (response) => oauth.processAuthorizationCodeResponse(state.as, client, response),
  );
  return keep(answer);
}

async function clientCredentials({ client_id, client_secret, scope, dpop }) {
  const client = { client_id };
  state.client = client;
  state.dpop = dpop ? await withKey() : undefined;
  const parameters = new URLSearchParams({ scope, resource: state.resource });
  const answer = await tokens(
    () =>
      oauth.clientCredentialsGrantRequest(state.as, client, oauth.ClientSecretBasic(client_secret), parameters, {
        DPoP: state.dpop,
      }),
    (response) => oauth.processClientCredentialsResponse(state.as, client, response),
  );
  return keep(answer);
}

function keep(answer) {
  state.token = answer.access_token;
  const claims = JSON.parse(Buffer.from(answer.access_token.split('.')[1], 'base64url'));
  return { token_type: answer.token_type, claims, access_token: answer.access_token };
}

/// Follows redirects with a jar of cookies until they lead out of the authorization server.
async function browse(url) {
  const jar = new Map();
  for (let hops = 0; hops < 10; hops++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    await response.arrayBuffer();
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      const [name, ...value] = pair.split('=');
      jar.set(name, value.join('='));
    }
    const location = response.headers.get('location');
    if (!location) throw new Error(`no redirect but ${response.status} from ${url}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirect)) return url;
  }
  throw new Error('redirected without end');
}

async function call({ method, url, body, headers, dpop }) {
  const attempts = [];
  for (;;) {
    let response;
    try {
      response =
        dpop === false
          ? await fetch(url, { method, body, headers: { ...headers, authorization: `Bearer ${state.token}` } })
          : await oauth.protectedResourceRequest(state.token, method, new URL(url), new Headers(headers), body, {
              DPoP: state.dpop,
            });
    } catch (error) {
      if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
      response = error.response;
      attempts.push({ status: response.status, challenges: error.cause });
      if (attempts.length < 2 && oauth.isDPoPNonceError(error)) continue;
    }
    const text = await response.text();
    return { status: response.status, body: text, attempts, nonce: response.headers.get('dpop-nonce') };
  }
}

await converse({ discover, code, client_credentials: clientCredentials, call });
