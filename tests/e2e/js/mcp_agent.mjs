// Walks one MCP session with the official TypeScript client and reports what that client's user would see: the same plan on standard
// input and the same report on standard output as `agent.py`.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

function raised(error) {
  const report = { raised: error.constructor.name, message: error.message };
  if (Number.isInteger(error.code)) report.code = error.code;
  if (error.data !== undefined) report.data = error.data;
  return report;
}

async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    return raised(error);
  }
}

async function call(client, { tool, arguments: given }) {
  const result = await client.callTool({ name: tool, arguments: given });
  const text = result.content.filter((part) => part.type === 'text').map((part) => part.text).join('\n');
  return result.isError ? { raised: 'tool error', message: text } : { text };
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const plan = JSON.parse(Buffer.concat(chunks).toString());
const report = {};
const client = new Client({ name: 'bailiwick-e2e', version: '1' });
const transport = new StreamableHTTPClientTransport(new URL(plan.url), { requestInit: { headers: plan.headers } });
report.connected = await attempt(async () => {
  await client.connect(transport);
  return { protocol_version: transport.protocolVersion };
});
if (!report.connected.raised) {
  report.tools = await attempt(async () => (await client.listTools()).tools.map((tool) => tool.name).sort());
  report.calls = [];
  for (const wanted of plan.calls) report.calls.push(await attempt(() => call(client, wanted)));
  await attempt(() => transport.terminateSession());
  await attempt(() => client.close());
}
console.log(JSON.stringify(report));
