// What any client must be able to do with the server under test: the fixture, or Penstock itself. The arguments of
// both programs: KIND (fixture or penstock), then a URL, or --stdio and a command.
import assert from 'node:assert/strict';

export function target(argv) {
  const [kind, ...rest] = argv;
  assert.ok(['fixture', 'penstock'].includes(kind), 'KIND is fixture or penstock');
  if (rest[0] === '--stdio') return { kind, command: rest[1], args: rest.slice(2) };
  return { kind, url: new URL(rest[0]) };
}

const text = (result) => result.content[0].text;

async function checkFixture(client, calls) {
  const { tools } = await client.listTools();
  assert.ok(tools.length > 20);
  assert.equal(text(await calls.tool('test_simple_text')), 'This is a simple text response for testing.');
  assert.equal((await calls.tool('test_image_content')).content[0].mimeType, 'image/png');
  const failed = await calls.tool('test_error_handling');
  assert.equal(failed.isError, true);
  assert.deepEqual((await calls.tool('test_structured')).structuredContent, {
    temperature: 22.5,
    conditions: 'sunny'
  });
  const seen = [];
  await calls.tool('test_tool_with_progress', {}, (progress) => seen.push(progress.progress));
  // Through a pipe, all lines come in one read, and the SDKs then settle the answer before what came before it.
  if (!calls.pipe) assert.deepEqual(seen, [0, 50, 100]);
  assert.match(text(await calls.tool('test_elicitation', { message: 'Who?' })), /action=accept.*Ada/);
  assert.match(text(await calls.tool('test_sampling', { prompt: 'Say' })), /LLM response: sampled/);
  await assert.rejects(calls.tool('no_such_tool'), /no_such_tool/);
  const read = await client.readResource({ uri: 'test://template/7/data' });
  assert.equal(JSON.parse(read.contents[0].text).id, '7');
  await assert.rejects(client.readResource({ uri: 'test://nothing' }), /not found/i);
  const prompt = await client.getPrompt({
    name: 'test_prompt_with_arguments',
    arguments: { arg1: 'a', arg2: 'b' }
  });
  assert.match(prompt.messages[0].content.text, /arg1='a'/);
  const completed = await client.complete({
    ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
    argument: { name: 'arg1', value: 'par' }
  });
  assert.deepEqual(completed.completion.values, ['paris', 'park', 'party']);
}

async function checkPenstock(client, calls) {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  for (const name of ['list_databases', 'search_schema', 'execute_query', 'explain_query', 'validate_databases'])
    assert.ok(names.includes(name), name);
  const database = 'customer_db';
  const listed = await calls.tool('list_databases');
  assert.ok(listed.structuredContent.databases.some(({ id }) => id === database));
  const rows = await calls.tool('execute_query', {
    database,
    sql: 'SELECT customer_id, first_name FROM customers WHERE customer_id = ?',
    params: [7]
  });
  assert.deepEqual(rows.structuredContent.rows, [[7, 'name 7']]);
  assert.match(text(rows), /\| 7 \| name 7 \|/);
  const missing = await calls.tool('execute_query', { database, sql: 'SELECT * FROM custmers' });
  assert.equal(missing.isError, true);
  assert.match(text(missing), /customers/);
  const found = await calls.tool('search_schema', { database, pattern: 'first' });
  assert.match(text(found), /first_name/);
  const { resources } = await client.listResources();
  assert.ok(resources.some(({ uri }) => uri === `penstock://${database}`));
  const table = await client.readResource({ uri: `penstock://${database}/customers` });
  assert.match(table.contents[0].text, /first_name/);
  const prompt = await client.getPrompt({ name: 'explore_database', arguments: { database } });
  assert.ok(prompt.messages.length >= 2);
}

/// `calls.tool(name, arguments, onprogress)` calls a tool the way the client's SDK does; `calls.pipe` says whether it
/// speaks through a pipe.
export async function check(kind, client, calls) {
  if (kind === 'fixture') await checkFixture(client, calls);
  else await checkPenstock(client, calls);
}

export const elicited = { action: 'accept', content: { response: 'Ada' } };
export const sampled = {
  role: 'assistant',
  content: { type: 'text', text: 'sampled' },
  model: 'none',
  stopReason: 'endTurn'
};
