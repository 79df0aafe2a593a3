import type { Body } from "./body.ts";
import { Failure } from "./failure.ts";
import type { Transport } from "./transport.ts";

/** The four protocols' common vocabulary. Every binding carries the same logical operations. */

/** An operation with one answer. A text travels byte-exact as UTF-8; JSON as what the protocol has for it. */
export type Unary =
  | { readonly kind: "discover" }
  | { readonly kind: "send"; readonly agent: string; readonly body: Body }
  | { readonly kind: "start"; readonly agent: string; readonly body: Body }
  | { readonly kind: "poll"; readonly handle: string }
  | { readonly kind: "cancel"; readonly handle: string };

/** Those with one answer among operations of these kinds. */
export type UnaryOf<Kind extends OperationKind> = Extract<Unary, { readonly kind: Kind }>;

/** An operation answered by a sequence of messages. */
export type Streaming = { readonly kind: "stream"; readonly agent: string; readonly body: Body };

export type Operation = Unary | Streaming;
export type OperationKind = Operation["kind"];

/** All operation kinds, in the order tables show them. */
export const operationKinds: readonly OperationKind[] = ["discover", "send", "stream", "start", "poll", "cancel"];

/** What a check or a scenario may need of a binding: an operation, or to reach more agents than `echo`. */
export type Need = OperationKind | "other agents";

/** Life of a started task (A2A) or run (ACP), in neutral words. */
export type TaskState = "working" | "completed" | "failed" | "cancelled";

/** discover → agents; send and each stream item → message; start, poll, cancel → task (`body` once completed). A body that is JSON is given as its text. `atMs`, of a stream's messages: when its last byte was read from the socket, by the process's monotonic clock; absent where that is not known. */
export type Reply =
  | { readonly kind: "agents"; readonly agents: readonly string[]; readonly inputs?: Inputs }
  | { readonly kind: "message"; readonly body: string; readonly atMs?: number }
  | { readonly kind: "task"; readonly handle: string; readonly state: TaskState; readonly body: string | null };

/** What agents take, a JSON Schema by the agent's name, of all agents that there are: where the protocol tells it. */
export type Inputs = Readonly<Record<string, unknown>>;

/** Where a binding comes from: the protocol's own spec, what its SDKs do in practice, or this project. */
export type Standing = "normative" | "de-facto" | "custom";

export interface Spec {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly standing: Standing;
  /** What carries the messages of a stream, as a sentence for tables: where the protocol has no stream of content. */
  readonly streamedBy?: string;
}

/** `library`: what applications use (undici, grpc-js, ws). `wire`: our own sockets, as little as possible. */
export type ClientKind = "library" | "wire";

/** The most bytes of a reply where nothing else is said: 64 MiB. */
export const usualMaxReplyBytes = 64 * 1024 * 1024;

export interface ConnectOptions {
  readonly client: ClientKind;
  readonly signal: AbortSignal;
  /** The most bytes of a whole reply, of each message or event of a stream, and of what nobody has read; {@link usualMaxReplyBytes} where it is left out. */
  readonly maxReplyBytes?: number | undefined;
  /** What every request carries beside the protocol's own headers, or its metadata: names in lower case. Mostly secrets. */
  readonly headers?: Headers | undefined;
}

/** HTTP headers, or gRPC metadata, by name in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** What a session's sockets have carried since they were opened: bytes with headers and framing, without TLS. */
export interface WireBytes {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Sockets opened so far; more than one means that the connection was lost and replaced. */
  readonly connections: number;
}

/** How a stream came to its end: when that was read from the socket, as a message's `atMs`, and how many events brought no message: what tells of a task's state, or keeps a connection alive. */
export interface StreamEnd {
  readonly atMs: number;
  readonly silent: number;
}

/** One open conversation with a server: one connection and the protocol's own handshake. */
export interface Session extends AsyncDisposable {
  /** Throws a Failure; aborting `signal` rejects with its reason and leaves nothing pending. */
  call(operation: Unary, signal: AbortSignal): Promise<Reply>;
  /**
   * Messages in order; leaving the loop early or aborting cancels the stream at the server. The iterator is done with a
   * {@link StreamEnd}, where that is known.
   */
  stream(operation: Streaming, signal: AbortSignal): AsyncIterable<Reply>;
  readonly wire: WireBytes;
  /** The process that serves this session and no other, which its opening has started; absent where one serves all. */
  readonly pid?: number;
}

/** Which protocol a binding is of, and on what: what is known of it is read from these, never from its id. */
export interface BindingIdentity {
  readonly protocol: string;
  readonly transport: Transport;
  /** A revision, or a way to use it, where there are several; null for the usual one. */
  readonly variant: string | null;
}

/** The name a binding is printed, asked for and stored by: `protocol/transport`, or `protocol/transport@variant`. */
export function bindingId({ protocol, transport, variant }: BindingIdentity): string {
  return `${protocol}/${transport}${variant === null ? "" : `@${variant}`}`;
}

/** What a run stores of a binding. */
export interface BindingInfo extends BindingIdentity, Spec {}

/** How many sessions, and why no more, as a sentence a reader of the table can use. */
export interface MostSessions {
  readonly count: number;
  /** Of new ones a second; absent where only the machine sets a limit. */
  readonly perSecond?: number;
  readonly reason: string;
}

/** One protocol on one transport. */
export interface Binding extends BindingIdentity {
  /** As {@link bindingId} makes it. */
  readonly id: string;
  readonly spec: Spec;
  /** What it offers. Tests, planner and tables all read this. */
  readonly can: ReadonlySet<OperationKind>;
  /** For each operation that is not in `can`, the reason, as a sentence a reader of the table can use; and for other agents than `echo` where they cannot be named. */
  readonly cannot: Readonly<Partial<Record<Need, string>>>;
  /** The most sessions that are measured side by side; absent where only the machine sets a limit. */
  readonly mostSessions?: MostSessions;
  /** Opens one session. Throws a Failure (`refused`, `protocol`, …). */
  connect(url: string, options: ConnectOptions): Promise<Session>;
}

/** A binding as a run stores it. */
export function bindingInfo({ protocol, transport, variant, spec }: Omit<Binding, "connect">): BindingInfo {
  return { protocol, transport, variant, ...spec };
}

/** Whether a binding has what is needed of it. */
export function offers({ can, cannot }: Pick<Binding, "can" | "cannot">, need: Need): boolean {
  return need === "other agents" ? cannot[need] === undefined : can.has(need);
}

/** The text of a reply. Throws `mismatch` when the reply carries none. */
export function bodyOf(reply: Reply): string {
  if (reply.kind === "message") return reply.body;
  if (reply.kind === "task" && reply.body !== null) return reply.body;
  throw new Failure("mismatch", `expected a reply with a body, got ${describeReply(reply)}`);
}

/** A reply in a few words, for messages. */
export function describeReply(reply: Reply): string {
  switch (reply.kind) {
    case "agents":
      return `a list of ${reply.agents.length} agents`;
    case "message":
      return `a message of ${reply.body.length} characters`;
    case "task":
      return `a ${reply.state} task ${reply.body === null ? "without" : "with"} a body`;
  }
}
