// The SDK of both eras, @modelcontextprotocol/client, against a server, once in each. See checks.mjs.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { check, elicited, sampled, target } from './checks.mjs';

const { kind, url, command, args } = target(process.argv.slice(2));

async function speak(mode, version) {
  const client = new Client(
    { name: 'penstock-test', version: '1' },
    { capabilities: { elicitation: {}, sampling: {} }, versionNegotiation: { mode } }
  );
  client.setRequestHandler('elicitation/create', async () => elicited);
  client.setRequestHandler('sampling/createMessage', async () => sampled);
  await client.connect(url ? new StreamableHTTPClientTransport(url) : new StdioClientTransport({ command, args }));
  assert.equal(client.getNegotiatedProtocolVersion(), version);
  await check(kind, client, {
    pipe: !url,
    tool: (name, argument = {}, onprogress = undefined) =>
      client.callTool({ name, arguments: argument }, { onprogress })
  });
  await client.close();
}

await speak('legacy', '2025-11-25');
await speak('auto', '2026-07-28');
console.log('ok');
