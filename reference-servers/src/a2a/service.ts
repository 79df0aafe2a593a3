import { type AgentInterface, a2aErrors, a2aVersion, type StreamResponse, speaksA2a1 } from "@apb/protocols/a2a";
import { UnknownAgent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { Tasks } from "../tasks.ts";
import { A2aError } from "./error.ts";
import { cancelTask, getTask, listTasks, sendMessage, type Workplace } from "./operations.ts";
import type { UserMessage } from "./requests.ts";
import { sendStreamingMessage, subscribeToTask } from "./streams.ts";

/**
 * An operation with one answer. Requests and answers are ProtoJSON-shaped objects. Throws (or rejects with) A2aError.
 * The signal of a client that leaves is only asked for when there is something to wait for.
 */
export type Unary = (agent: string, request: unknown, signal: () => AbortSignal) => object | Promise<object>;

/** An operation answered by a stream. Throws A2aError at once. Aborting ends the stream, not the task (§3.5.2). */
export type Streaming = (agent: string, request: unknown, signal: AbortSignal) => AsyncIterable<StreamResponse>;

/** The operations of A2A 1.0 by the names that gRPC and JSON-RPC give them (§5.3), for any transport. */
export interface A2aService {
  readonly unary: ReadonlyMap<string, Unary>;
  readonly streaming: ReadonlyMap<string, Streaming>;
  /** Throws AgentNotFound. Doors ask this before anything else. */
  expectAgent(agent: string): void;
  /** The HTTP doors to these agents, with the paths of their URLs: what the cards list. Each door adds itself. */
  readonly interfaces: Map<AgentInterface["protocolBinding"], string>;
}

const services = new WeakMap<Agents, A2aService>();

/** The service of these agents: one for all doors, so that a task started at one can be asked for at another. */
export function serviceOf(agents: Agents): A2aService {
  const known = services.get(agents);
  if (known !== undefined) return known;
  const service = makeService({ agents, tasks: new Tasks<UserMessage>(agents) });
  services.set(agents, service);
  return service;
}

function makeService(at: Workplace): A2aService {
  return {
    unary: new Map<string, Unary>([
      ["SendMessage", (agent, request, signal) => sendMessage(at, agent, request, signal)],
      ["GetTask", (agent, request) => getTask(at, agent, request)],
      ["ListTasks", (agent, request) => listTasks(at, agent, request)],
      ["CancelTask", (agent, request) => cancelTask(at, agent, request)],
      ["CreateTaskPushNotificationConfig", refusePush],
      ["GetTaskPushNotificationConfig", refusePush],
      ["ListTaskPushNotificationConfigs", refusePush],
      ["DeleteTaskPushNotificationConfig", refusePush],
      ["GetExtendedAgentCard", refuseExtendedCard],
    ]),
    streaming: new Map<string, Streaming>([
      ["SendStreamingMessage", (agent, request, signal) => sendStreamingMessage(at, agent, request, signal)],
      ["SubscribeToTask", (agent, request, signal) => subscribeToTask(at, agent, request, signal)],
    ]),
    expectAgent(agent): void {
      if (!at.agents.has(agent)) throw new A2aError(a2aErrors.agentNotFound, new UnknownAgent(agent).message);
    },
    interfaces: new Map(),
  };
}

/** Throws VersionNotSupported unless the request is for A2A 1.0 (§3.6); an empty version is a request that names none. */
export function expectA2a1(version: string): void {
  if (speaksA2a1(version)) return;
  const asked = version === "" ? "none, which means 0.3" : JSON.stringify(version.slice(0, 100));
  throw new A2aError(a2aErrors.versionNotSupported, `expected A2A-Version ${a2aVersion}, got ${asked}`);
}

/** §3.3.4, as the cards declare neither. */
function refusePush(): never {
  throw new A2aError(a2aErrors.pushNotificationNotSupported, "this agent sends no push notifications");
}

function refuseExtendedCard(): never {
  throw new A2aError(a2aErrors.unsupportedOperation, "this agent has no extended card");
}
