// MCP 2026-07-28 over stdio, of a user's own: `echo`, and as much of `tokens` as the checks ask for. Told to be
// `stubborn` it ends neither with its input nor when it is asked to.
import { createInterface } from "node:readline";

const complete = { resultType: "complete" };
const text = (said, isError) => ({ ...complete, content: [{ type: "text", text: said }], isError });
const unknown = (name) => ({ error: { code: -32602, message: `Unknown tool: ${name}` } });

function call({ name, arguments: { text: body } }) {
  if (name === "echo") return { result: text(body, false) };
  if (name !== "tokens") return unknown(name);
  // What is JSON takes hours.
  return body.startsWith("{") ? null : { result: text("expected JSON", true) };
}

const methods = {
  "server/discover": () => ({
    result: { ...complete, supportedVersions: ["2026-07-28"], capabilities: { tools: {} } },
  }),
  "tools/list": () => ({ result: { ...complete, tools: [{ name: "echo" }, { name: "tokens" }] } }),
  "tools/call": call,
};

if (process.env.API_KEY === undefined) throw new Error("expected an API_KEY");
process.stderr.write(`started with ${process.env.API_KEY}\n`);
process.on("SIGTERM", () => undefined);
if (process.argv.includes("stubborn")) setInterval(() => undefined, 1000);
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  const answer = methods[method]?.(params) ?? null;
  if (id !== undefined && answer !== null)
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer })}\n`);
});
