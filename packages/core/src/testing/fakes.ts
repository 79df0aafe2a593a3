import {
  type Binding,
  bindingId,
  type ConnectOptions,
  type Operation,
  operationKinds,
  type Reply,
  type Session,
  type Streaming,
  type Unary,
} from "../binding.ts";
import { bodyText } from "../body.ts";
import { abortFailure, Failure } from "../failure.ts";

/** A binding without a network: its server is an object in memory with the agents `echo` and `tokens`. It passes every check. */
export function fakeBinding(): Binding {
  const server = fakeServer();
  const identity = { protocol: "fake", transport: "tcp", variant: null } as const;
  return {
    ...identity,
    id: bindingId(identity),
    spec: { name: "Fake", version: "1", url: "https://example.org/fake", standing: "custom" },
    can: new Set(operationKinds),
    cannot: {},
    async connect(_url, { signal }: ConnectOptions) {
      if (signal.aborted) throw abortFailure(signal);
      return fakeSession(server);
    },
  };
}

/** What answers a fake session: at once or after the waits a message to `tokens` asks for. */
interface FakeServer {
  answer(operation: Unary, signal: AbortSignal): Promise<Reply>;
  /** Texts of a stream, in order. */
  chunks(operation: Streaming, signal: AbortSignal): AsyncIterable<string>;
}

/** A session with a fake server. The bytes it counts are those of operations and replies as JSON. */
function fakeSession(server: FakeServer): Session {
  const wire = { sentBytes: 0, receivedBytes: 0, connections: 1 };
  const closing = new AbortController();
  const begin = (operation: Operation, signal: AbortSignal): AbortSignal => {
    const either = AbortSignal.any([signal, closing.signal]);
    if (either.aborted) throw abortFailure(either);
    wire.sentBytes += jsonBytes(operation);
    return either;
  };
  const received = (reply: Reply): Reply => {
    wire.receivedBytes += jsonBytes(reply);
    return reply;
  };
  return {
    wire,
    async call(operation, signal) {
      return received(await server.answer(operation, begin(operation, signal)));
    },
    async *stream(operation, signal) {
      for await (const body of server.chunks(operation, begin(operation, signal)))
        yield received({ kind: "message", body });
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new Failure("closed", "the session is closed"));
    },
  };
}

/** A server with its own tasks. */
function fakeServer(): FakeServer {
  const tasks = new Map<string, { reply: Reply & { kind: "task" }; readonly cancelled: AbortController }>();
  const start = (agent: string, body: string): Reply => {
    const handle = `task-${tasks.size}`;
    const cancelled = new AbortController();
    const task = {
      reply: { kind: "task", handle, state: "working", body: null } as Reply & { kind: "task" },
      cancelled,
    };
    tasks.set(handle, task);
    whole(agent, body, cancelled.signal).then(
      (text) => {
        task.reply = { ...task.reply, state: "completed", body: text };
      },
      () => {
        task.reply = { ...task.reply, state: cancelled.signal.aborted ? "cancelled" : "failed" };
      },
    );
    return task.reply;
  };
  return {
    chunks: (operation, signal) => agentChunks(operation.agent, bodyText(operation.body), signal),
    async answer(operation, signal) {
      if (operation.kind === "discover") return { kind: "agents", agents: ["echo", "tokens"] };
      if (operation.kind === "send")
        return { kind: "message", body: await whole(operation.agent, bodyText(operation.body), signal) };
      if (operation.kind === "start") return start(operation.agent, bodyText(operation.body));
      const task = tasks.get(operation.handle);
      if (task === undefined) throw new Failure("unknown-task", `there is no task ${operation.handle}`);
      if (operation.kind === "cancel") task.cancelled.abort();
      return task.reply;
    },
  };
}

async function whole(agent: string, body: string, signal: AbortSignal): Promise<string> {
  let text = "";
  for await (const chunk of agentChunks(agent, body, signal)) text += chunk;
  return text;
}

async function* agentChunks(agent: string, body: string, signal: AbortSignal): AsyncIterable<string> {
  if (agent === "echo") yield body;
  else if (agent === "tokens") yield* tokens(body, signal);
  else throw new Failure("unknown-agent", `there is no agent ${agent}`);
}

async function* tokens(body: string, signal: AbortSignal): AsyncIterable<string> {
  const { chunks, intervalMs = 0 } = parsed(body);
  for (let n = 0; n < chunks; n++) {
    if (n > 0 && intervalMs > 0) await pause(intervalMs, signal);
    yield `token-${n}`;
  }
}

function parsed(body: string): { chunks: number; intervalMs?: number } {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Failure("agent", "tokens expects JSON", { cause });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortFailure(signal));
    const abort = (): void => {
      clearTimeout(timer);
      reject(abortFailure(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal.addEventListener("abort", abort, { once: true });
  });
}

function jsonBytes(value: Operation | Reply): number {
  return Buffer.byteLength(JSON.stringify(value));
}
