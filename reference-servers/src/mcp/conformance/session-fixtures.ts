import { errorCodes } from "@apb/protocols/jsonrpc";
import type { SessionMethod, SessionService } from "../session.ts";
import { CallRefused, type CallSession, type SessionCall } from "../session-call.ts";
import { type AskingTool, askingTools } from "./asking-tools.ts";
import { type Asked, noArguments, type Outcome, type Tool, toolEntry } from "./fixture.ts";
import { promptEntry, prompts, suggest } from "./prompts.ts";
import { capabilityFor, isAnswerTo } from "./questions.ts";
import { readResource, resourceList, templateList } from "./resources.ts";
import { failed, said, tools } from "./tools.ts";

/** Resources, "Error Handling" of 2025-11-25. */
const resourceNotFound = -32002;

/** Logging, "Log Levels", the least severe first. */
const levels: readonly unknown[] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/** A request, and what its session has agreed on so far. */
interface Visit {
  readonly call: SessionCall;
  readonly asked: Asked;
  readonly wishes: Wishes;
}

interface Wishes {
  /** Index of the least severe level that the client wants to hear of. */
  level: number;
  /** URIs of resources whose changes it wants to hear of. */
  readonly watched: Set<string>;
}

type Method = (visit: Visit) => Outcome | Promise<Outcome>;

/** What the official conformance suite asks of a server, in MCP 2025-11-25. */
export function sessionFixtures(): SessionService {
  const wishesOf = new WeakMap<CallSession, Wishes>();
  return {
    capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} },
    methods: new Map([...methods].map(([name, method]) => [name, sessionMethod(method, wishesOf)])),
  };
}

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["tools/list", () => ({ result: { tools: [...tools, ...askingTools, touch].map(toolEntry) } })],
  ["tools/call", callTool],
  ["prompts/list", () => ({ result: { prompts: prompts.map(promptEntry) } })],
  ["prompts/get", ({ asked }) => named(prompts, asked.params.name, "prompt").get(asked)],
  ["resources/list", () => ({ result: resourceList })],
  ["resources/templates/list", () => ({ result: templateList })],
  ["resources/read", ({ asked }) => ({ result: resourceAt(asked.params.uri) })],
  ["resources/subscribe", watch],
  ["resources/unsubscribe", unwatch],
  ["completion/complete", ({ asked }) => suggest(asked)],
  ["logging/setLevel", setLevel],
]);

function sessionMethod(method: Method, wishesOf: WeakMap<CallSession, Wishes>): SessionMethod {
  return async (call) => {
    const wishes = wishesOf.get(call.session) ?? { level: 0, watched: new Set() };
    wishesOf.set(call.session, wishes);
    const outcome = await method({ call, wishes, asked: askedIn(call, wishes) });
    if ("result" in outcome) return JSON.stringify(outcome.result);
    const { code, message, data } = outcome.error;
    throw new CallRefused(code, message, data);
  };
}

function askedIn(call: SessionCall, wishes: Wishes): Asked {
  return {
    params: call.params,
    capabilities: call.session.agreed.capabilities,
    signal: call.signal,
    // Every answer is a stream there.
    stream: () => undefined,
    notify: (method, params) => call.notify(method, params),
    log(text) {
      if (wishes.level <= levels.indexOf("info")) call.notify("notifications/message", { level: "info", data: text });
    },
  };
}

/** A tool that pretends to change the resource that clients watch. */
const touch = {
  name: "test_trigger_resource_update",
  description: "Says to a session that watches test://watched-resource that it has changed.",
  inputSchema: noArguments,
};

function callTool(visit: Visit): Outcome | Promise<Outcome> {
  const { asked, wishes } = visit;
  const { name } = asked.params;
  if (name === touch.name) {
    const uri = "test://watched-resource";
    if (!wishes.watched.has(uri)) return said("The resource is not watched.");
    asked.notify("notifications/resources/updated", { uri });
    return said("The notification is sent.");
  }
  const asking = askingTools.find((tool) => tool.name === name);
  return asking === undefined ? named<Tool>(tools, name, "tool").call(asked) : ask(asking, visit);
}

/** Sampling and Elicitation, "Capabilities": a client that cannot be asked is not asked. */
async function ask(tool: AskingTool, { asked, call }: Visit): Promise<Outcome> {
  const question = tool.question(asked);
  const capability = capabilityFor[question.method];
  if (asked.capabilities[capability] === undefined) return failed(`this client does not offer ${capability}`);
  const answer = await call.request(question.method, question.params);
  return isAnswerTo(question, answer)
    ? said(`The client answers: ${JSON.stringify(answer)}`)
    : failed(`expected an answer to ${question.method}, got ${JSON.stringify(answer)}`);
}

function named<T extends { readonly name: string }>(all: readonly T[], name: unknown, what: string): T {
  const found = all.find((candidate) => candidate.name === name);
  if (found === undefined) throw badParams(`Unknown ${what}: ${String(name).slice(0, 100)}`);
  return found;
}

function resourceAt(uri: unknown): { readonly contents: readonly object[] } {
  const found = readResource(String(uri));
  if (found === null) throw new CallRefused(resourceNotFound, "Resource not found", { uri });
  return found;
}

function watch({ asked, wishes }: Visit): Outcome {
  resourceAt(asked.params.uri);
  wishes.watched.add(String(asked.params.uri));
  return { result: {} };
}

function unwatch({ asked, wishes }: Visit): Outcome {
  wishes.watched.delete(String(asked.params.uri));
  return { result: {} };
}

function setLevel({ asked, wishes }: Visit): Outcome {
  const level = levels.indexOf(asked.params.level);
  if (level === -1) throw badParams(`expected a level: ${levels.join(", ")}`);
  wishes.level = level;
  return { result: {} };
}

function badParams(message: string): CallRefused {
  return new CallRefused(errorCodes.invalidParams, message);
}
