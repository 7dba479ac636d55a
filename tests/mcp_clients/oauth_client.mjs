// The SDKs' own OAuth flow against a server whose tokens issuer.mjs issues: from a 401 over both documents of metadata,
// registration and PKCE to a token, and with that to a tool. The arguments: the server's URL, the issuer's URL.
import assert from 'node:assert/strict';
import { Client as SdkClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as SdkTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, issuer] = process.argv.slice(2).map((argument) => new URL(argument));
const redirectUrl = 'http://127.0.0.1:1/callback';

/// What an agent's host keeps of the flow; the person who would open a browser and agree is a fetch.
class Host {
  redirectUrl = redirectUrl;
  clientMetadata = {
    client_name: 'penstock-test',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none'
  };
  clientInformation() { return this.client; }
  saveClientInformation(client) { this.client = client; }
  tokens() { return this.kept; }
  saveTokens(tokens) { this.kept = tokens; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
  async redirectToAuthorization(authorizationUrl) {
    this.asked = authorizationUrl;
    const answer = await fetch(authorizationUrl, { redirect: 'manual' });
    this.callback = new URL(answer.headers.get('location')).searchParams;
  }
}

async function flow(makeClient, makeTransport, callTool) {
  const host = new Host();
  let transport = makeTransport({ authProvider: host });
  await assert.rejects(makeClient().connect(transport), /Unauthorized/);
  assert.equal(host.asked.searchParams.get('resource'), url.href);
  assert.equal(host.asked.searchParams.get('scope'), 'data.read');
  await transport.finishAuth(host.callback.get('code'), host.callback.get('iss') ?? undefined);
  assert.ok(host.kept.access_token);
  transport = makeTransport({ authProvider: host });
  const client = makeClient();
  await client.connect(transport);
  const listed = await callTool(client, 'list_databases', {});
  assert.deepEqual(listed.structuredContent.databases.map(({ id }) => id), ['customer_db']);
  const rows = await callTool(client, 'execute_query', {
    database: 'customer_db',
    sql: 'SELECT first_name FROM customers WHERE customer_id = 9'
  });
  assert.deepEqual(rows.structuredContent.rows, [['name 9']]);
  const secret = await callTool(client, 'execute_query', { database: 'secret_db', sql: 'SELECT 1' });
  assert.equal(secret.isError, true);
  await client.close();
  return host.kept.access_token;
}

function ask(token) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token ? { authorization: `Bearer ${token}` } : {})
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } }
    })
  });
}

const post = async (path) => (await (await fetch(new URL(path, issuer), { method: 'POST' })).json()).access_token;

// What the specification says of a challenge.
const unknown = await ask();
assert.equal(unknown.status, 401);
const challenge = unknown.headers.get('www-authenticate');
const metadataUrl = `${url.origin}/.well-known/oauth-protected-resource${url.pathname}`;
assert.ok(challenge.includes(`resource_metadata="${metadataUrl}"`), challenge);
assert.ok(challenge.includes('scope="data.read"') && !challenge.includes('error='), challenge);
const metadata = await (await fetch(metadataUrl)).json();
assert.equal(metadata.resource, url.href);
assert.deepEqual(metadata.authorization_servers, [issuer.origin]);
assert.deepEqual(metadata.scopes_supported, ['data.read']);
const root = await (await fetch(`${url.origin}/.well-known/oauth-protected-resource`)).json();
assert.equal(root.resource, url.origin);
assert.equal((await fetch(`${metadataUrl}/x`)).status, 404);

const old = await flow(
  () => new SdkClient({ name: 'penstock-test', version: '1' }),
  (options) => new SdkTransport(url, options),
  (client, name, args) => client.callTool({ name, arguments: args })
);
await flow(
  () => new Client({ name: 'penstock-test', version: '1' }),
  (options) => new StreamableHTTPClientTransport(url, options),
  (client, name, args) => client.callTool({ name, arguments: args })
);

const without = await ask(await post('/issue?scope=other&resource=x'));
assert.equal(without.status, 403);
assert.match(without.headers.get('www-authenticate'), /error="insufficient_scope".*scope="data.read"/);
const broken = await ask(`${old}x`);
assert.equal(broken.status, 401);
assert.match(broken.headers.get('www-authenticate'), /error="invalid_token"/);

// The issuer's key changes: tokens of the next one are good at once, those of the one before no more.
assert.equal((await ask(old)).status, 200);
const next = await post('/rotate');
assert.equal((await ask(next)).status, 200);
assert.equal((await ask(old)).status, 401);
console.log('ok');
