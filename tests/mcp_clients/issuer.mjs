// An OAuth 2.1 authorization server on loopback, as small as one can be: metadata (RFC 8414), dynamic registration
// (RFC 7591), the authorization code grant with PKCE, and JWTs for access tokens. Whoever asks is let in as "ada".
// POST /rotate changes the key that signs. Prints its URL, and serves until it is ended.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const clients = new Map();
const codes = new Map();
let issuer;
let key;

function rotate() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  key = { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' } };
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token({ scope, resource, client_id }) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: [resource, 'penstock-test'], sub: 'ada', iat: now, exp: now + 600, scope, client_id };
  const text = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

const routes = {
  'GET /.well-known/oauth-authorization-server': () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none']
  }),
  'GET /keys': () => ({ keys: [key.jwk] }),
  'POST /register': (query, body) => {
    const client = { ...JSON.parse(body), client_id: randomUUID() };
    clients.set(client.client_id, client);
    return client;
  },
  'GET /authorize': (query) => {
    const asked = Object.fromEntries(query);
    assert.equal(asked.response_type, 'code');
    assert.equal(asked.code_challenge_method, 'S256');
    assert.ok(clients.get(asked.client_id).redirect_uris.includes(asked.redirect_uri));
    const code = randomUUID();
    codes.set(code, asked);
    const back = new URL(asked.redirect_uri);
    back.searchParams.set('code', code);
    if (asked.state) back.searchParams.set('state', asked.state);
    return { redirect: back.href };
  },
  'POST /token': (query, body) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    const asked = codes.get(form.code);
    codes.delete(form.code);
    assert.equal(form.grant_type, 'authorization_code');
    assert.equal(createHash('sha256').update(form.code_verifier).digest('base64url'), asked.code_challenge);
    assert.equal(form.resource, asked.resource);
    return { access_token: token(asked), token_type: 'Bearer', expires_in: 600, scope: asked.scope };
  },
  // For the test: a token of the next key, or of this one with another scope.
  'POST /rotate': () => (rotate(), { access_token: token({ scope: 'data.read', resource: 'x', client_id: 'y' }) }),
  'POST /issue': (query) => ({ access_token: token({ scope: query.get('scope'), resource: query.get('resource'), client_id: 'y' }) })
};

rotate();
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url, issuer);
  const route = routes[`${request.method} ${url.pathname}`];
  try {
    if (!route) return response.writeHead(404).end();
    const answer = route(url.searchParams, Buffer.concat(chunks).toString());
    if (answer.redirect) return response.writeHead(302, { location: answer.redirect }).end();
    response.writeHead(request.url === '/register' ? 201 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: 'invalid_request', error_description: String(error) }));
  }
});
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
});
