// The SDK of the era of sessions, @modelcontextprotocol/sdk, against a server. See checks.mjs.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { check, elicited, sampled, target } from './checks.mjs';

const { kind, url, command, args } = target(process.argv.slice(2));
const client = new Client(
  { name: 'penstock-test', version: '1' },
  { capabilities: { elicitation: {}, sampling: {} } }
);
client.setRequestHandler(ElicitRequestSchema, async () => elicited);
client.setRequestHandler(CreateMessageRequestSchema, async () => sampled);
const transport = url ? new StreamableHTTPClientTransport(url) : new StdioClientTransport({ command, args });
await client.connect(transport);
await client.ping();
await check(kind, client, {
  pipe: !url,
  tool: (name, argument = {}, onprogress = undefined) =>
    client.callTool({ name, arguments: argument }, undefined, { onprogress })
});
if (url) await transport.terminateSession();
await client.close();
console.log('ok');
