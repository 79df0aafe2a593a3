import { errorCodes } from "@apb/protocols/jsonrpc";
import { metaKeys, revision } from "@apb/protocols/mcp";
import { headerParameters, mismatchedHeader } from "@apb/protocols/mcp-parameter-headers";
import { departure } from "../../http-listener.ts";
import type { Params } from "../session-call.ts";
import {
  type Answer,
  badParams,
  type Call,
  complete,
  mismatch,
  nameRefusal,
  type Refusal,
  refuse,
  uncached,
  unknownMethod,
} from "../stateless.ts";
import { type Asked, noArguments, type Outcome, type Tool, toolEntry } from "./fixture.ts";
import { inquiringPrompt, inquiringTools } from "./input-required.ts";
import { promptEntry, prompts, suggest } from "./prompts.ts";
import { type Reply, replyTo } from "./reply.ts";
import { readResource, resourceList, templateList } from "./resources.ts";
import type { Subscriptions, Topic } from "./subscriptions.ts";
import { said, tools } from "./tools.ts";

type Method = (asked: Asked, call: Call) => Outcome | Promise<Outcome>;

const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: {},
  completions: {},
  logging: {},
};

const logLevelKey = "io.modelcontextprotocol/logLevel";

/** What the official conformance suite asks of a server, in MCP 2026-07-28. */
export function statelessFixtures(subscriptions: Subscriptions): Answer {
  const methods = methodsOf(subscriptions);
  return (call, params) => {
    if (call.method === "subscriptions/listen") return subscriptions.open(call, params);
    const method = methods.get(call.method);
    return method === undefined ? refuse(call, unknownMethod(call.method)) : answer(call, params, method);
  };
}

function methodsOf(subscriptions: Subscriptions): ReadonlyMap<string, Method> {
  const allTools = [
    ...tools,
    ...inquiringTools,
    trigger("test_trigger_tool_change", "toolsListChanged", subscriptions),
    trigger("test_trigger_prompt_change", "promptsListChanged", subscriptions),
  ];
  const allPrompts = [...prompts, inquiringPrompt];
  const lasting = (result: object): Method => {
    const outcome = { result: { ...result, ...uncached } };
    return () => outcome;
  };
  return new Map([
    ["server/discover", lasting({ supportedVersions: [revision], capabilities })],
    ["tools/list", lasting({ tools: allTools.map(toolEntry) })],
    ["tools/call", named("name", (asked, name, call) => callTool(allTools, asked, name, call))],
    ["prompts/list", lasting({ prompts: allPrompts.map(promptEntry) })],
    [
      "prompts/get",
      named("name", (asked, name) => {
        const prompt = allPrompts.find((candidate) => candidate.name === name);
        return prompt === undefined ? badParams(200, `Unknown prompt: ${name.slice(0, 100)}`) : prompt.get(asked);
      }),
    ],
    ["resources/list", lasting(resourceList)],
    ["resources/templates/list", lasting(templateList)],
    [
      "resources/read",
      named("uri", (_asked, uri) => {
        const result = readResource(uri);
        return result === null ? notFound(uri) : { result: { ...result, ...uncached } };
      }),
    ],
    ["completion/complete", suggest],
  ]);
}

/** Resources, "Error Handling". */
function notFound(uri: string): Refusal {
  return { status: 200, error: { code: errorCodes.invalidParams, message: "Resource not found", data: { uri } } };
}

/** A method whose object is also named by a header. */
function named(
  key: "name" | "uri",
  answerFor: (asked: Asked, name: string, call: Call) => Outcome | Promise<Outcome>,
): Method {
  return (asked, call) => {
    const name = asked.params[key];
    if (typeof name !== "string") return badParams(400, `expected the ${key} to be a string`);
    return nameRefusal(call.headers, name) ?? answerFor(asked, name, call);
  };
}

function callTool(all: readonly Tool[], asked: Asked, name: string, call: Call): Outcome | Promise<Outcome> {
  const tool = all.find((candidate) => candidate.name === name);
  if (tool === undefined) return badParams(200, `Unknown tool: ${name.slice(0, 100)}`);
  return headerRefusal(tool, asked.params.arguments, call) ?? tool.call(asked);
}

function headerRefusal({ inputSchema }: Tool, args: unknown, { headers }: Call): Refusal | null {
  const mirrored = headerParameters(inputSchema);
  const wrong = mirrored.kind === "parameters" ? mismatchedHeader(mirrored.parameters, args, headers) : null;
  return wrong === null ? null : mismatch(`${wrong} is ${headers[wrong] ?? "missing"}, but the body says otherwise`);
}

/** A tool that says to listeners that a list has changed; so that a list is the same whenever it is asked for, none does. */
function trigger(name: string, topic: Topic, subscriptions: Subscriptions): Tool {
  return {
    name,
    description: `Sends ${topic} to whoever listens for it.`,
    inputSchema: noArguments,
    call() {
      subscriptions.publish(topic);
      return said("The notification is sent.");
    },
  };
}

async function answer(call: Call, params: Params, method: Method): Promise<void> {
  const reply = replyTo(call);
  const signal = departure(call.response);
  try {
    const outcome = await method(askedIn(params, signal, reply), call);
    reply.end("error" in outcome ? outcome : { result: { ...complete, ...outcome.result } });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function askedIn(params: Params, signal: AbortSignal, { open, notify }: Reply): Asked {
  const meta = params._meta as Params;
  const level = meta[logLevelKey];
  return {
    params,
    capabilities: meta[metaKeys.clientCapabilities] as Params,
    signal,
    stream: open,
    notify,
    log(text) {
      // No level, no messages (Logging, "Log Levels").
      if (level === "debug" || level === "info") notify("notifications/message", { level: "info", data: text });
    },
  };
}
