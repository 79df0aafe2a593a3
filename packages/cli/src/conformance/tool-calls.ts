import { resultOf } from "@apb/adapter-jsonrpc/mcp-answer";
import type { ConnectOptions } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { succeeded } from "@apb/core/problem";
import { isObject, requestText } from "@apb/protocols/jsonrpc";
import { headerNames, requestMeta, revision } from "@apb/protocols/mcp";
import { headerValue } from "@apb/protocols/mcp-header-values";
import { headerParameters, parameterHeaders } from "@apb/protocols/mcp-parameter-headers";
import { initializedText, initializeRequest, readInitialized, sessionHeaders } from "@apb/protocols/mcp-session";
import { connectHttp, type HttpReply } from "@apb/wire/http";
import type { Revision } from "./scenario-sets.ts";

/** A call whose arguments are not an agent's one text. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

type Headers = Readonly<Record<string, string>>;
type Post = (headers: Headers, body: string) => Promise<HttpReply>;
/** One request and its result; `mirrored` are the headers that a tool's schema asks for. */
type Ask = (id: number, method: string, params: object, mirrored: Headers) => Promise<unknown>;

const plainHeaders: Headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** Lists the tools, then makes the calls as the tools' schemas ask for them. Throws Failures. */
export async function callTools(
  url: string,
  spoken: Revision,
  calls: readonly ToolCall[],
  { client, signal }: ConnectOptions,
): Promise<void> {
  const { pathname, search } = new URL(url);
  await using connection = await connectHttp(new URL(url), client, signal);
  const post: Post = (headers, body) =>
    connection.request(
      { method: "POST", path: pathname + search, headers: { ...plainHeaders, ...headers }, body },
      signal,
    );
  const ask = spoken === revision ? statelessAsk(post) : await sessionAsk(post);
  const listed = await ask(1, "tools/list", {}, {});
  const tools: readonly unknown[] = isObject(listed) && Array.isArray(listed.tools) ? listed.tools : [];
  for (const [index, call] of calls.entries()) {
    const tool = tools.filter(isObject).find(({ name }) => name === call.name);
    const mirrored = headerParameters(tool?.inputSchema);
    if (tool === undefined || mirrored.kind === "invalid")
      throw new Failure("unknown-agent", `expected a tool ${call.name} that can be called`);
    await ask(index + 2, "tools/call", call, parameterHeaders(mirrored.parameters, call.arguments));
  }
}

/** As 2026-07-28 has it: every request says everything. */
function statelessAsk(post: Post): Ask {
  return async (id, method, params, mirrored) => {
    const name = "name" in params ? { [headerNames.name]: headerValue(String(params.name)) } : {};
    const headers = { [headerNames.version]: revision, [headerNames.method]: method, ...name, ...mirrored };
    const body = requestText(id, method, JSON.stringify({ ...params, _meta: JSON.parse(requestMeta) }));
    return resultOf(id, await post(headers, body), null, null);
  };
}

/** As 2025-11-25 has it: in a session, which is begun here. */
async function sessionAsk(post: Post): Promise<Ask> {
  const opening = await post({}, initializeRequest(0));
  const { version } = succeeded(readInitialized(resultOf(0, opening, null, null)));
  const id = opening.headers[sessionHeaders.id];
  const headers = { [sessionHeaders.version]: version, ...(id === undefined ? {} : { [sessionHeaders.id]: id }) };
  await post(headers, initializedText);
  return async (id, method, params) =>
    resultOf(id, await post(headers, requestText(id, method, JSON.stringify(params))), null, null);
}
