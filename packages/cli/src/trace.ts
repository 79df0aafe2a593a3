import { expectationOf } from "@apb/benchmarks/expectation";
import type { Binding, Reply, Session } from "@apb/core/binding";
import { bodyOf } from "@apb/core/binding";
import type { Call } from "@apb/core/call";
import { type Clock, monotonic } from "@apb/core/clock";
import { asFailure, Failure } from "@apb/core/failure";
import { maskedUrl, portPlace } from "@apb/core/url";
import { observeSockets, type SocketEvent } from "@apb/wire/socket";
import pc from "picocolors";
import { callOf, headersOf } from "./call-flags.ts";
import { maskingOf, secretsOf } from "./discreet.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { selectBindings } from "./selection.ts";

/** The flags of `trace`. */
export type TraceFlags = Pick<
  RunFlags,
  "protocol" | "binding" | "agent" | "body" | "expect" | "header" | "envHeader" | "timeout"
> & {
  readonly format: "table" | "json";
};

/** Something that was seen, and when. */
export interface Mark {
  readonly event: SocketEvent | "end";
  readonly atMs: number;
}

/** A part of what took time. */
export interface Span {
  readonly name: string;
  /** Null where it did not happen: no name to look up, no TLS. */
  readonly ms: number | null;
}

const usual: Call = { agent: "echo", body: "Hello, agent.", expect: [] };

/** Opens one session with our own client, makes two calls on it, and prints where the time of each went. Resolves with the exit code. */
export async function trace(url: string, flags: TraceFlags, clock: Clock = monotonic): Promise<number> {
  const [binding] = selectBindings({ ...flags, target: url });
  if (binding === undefined) throw new Failure("usage", "bench trace needs a --binding, like mcp/jsonrpc");
  if (url.includes(portPlace)) throw new Failure("usage", `${portPlace} is for --serve; write the port's number`);
  const headers = headersOf(flags);
  const call = callOf(flags) ?? usual;
  const said = maskingOf(secretsOf({ target: { url }, command: null, headers }));
  const marks = marking(clock);
  const limit = new AbortController();
  const late = new Failure("timeout", `--timeout: expected all of it within ${flags.timeout} ms`);
  const timer = setTimeout(() => limit.abort(late), flags.timeout);
  observeSockets(marks.mark);
  try {
    const signal = limit.signal;
    await using session = await binding.connect(url, { client: "wire", signal, headers });
    marks.mark("end");
    const connecting = connectSpans(marks.take());
    const first = await called(session, call, marks, signal);
    const second = await called(session, call, marks, signal);
    const reply = said(bodyOf(second.reply));
    const parts = {
      binding: binding.id,
      url: maskedUrl(url),
      session: connecting,
      first: first.spans,
      second: second.spans,
    };
    if (flags.format === "json") process.stdout.write(`${JSON.stringify({ ...parts, reply })}\n`);
    else process.stdout.write(`${shown(binding, parts, reply)}\n`);
    return exitCodes.fine;
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, said(sentence), { cause: error });
  } finally {
    clearTimeout(timer);
    observeSockets(null);
  }
}

function marking(clock: Clock) {
  const marks: Mark[] = [];
  return {
    mark: (event: Mark["event"]): void => void marks.push({ event, atMs: clock() }),
    /** Those since the last time. */
    take: (): readonly Mark[] => marks.splice(0),
  };
}

async function called(
  session: Session,
  { agent, body, expect }: Call,
  marks: ReturnType<typeof marking>,
  signal: AbortSignal,
): Promise<{ readonly spans: readonly Span[]; readonly reply: Reply }> {
  marks.take();
  marks.mark("begin");
  const reply = await session.call({ kind: "send", agent, body: body ?? "" }, signal);
  marks.mark("end");
  for (const expected of expect) expectationOf(expected)(reply);
  return { spans: callSpans(marks.take()), reply };
}

/** The parts of opening a session: its name looked up, TCP, TLS, and what the protocol and its transport say before the first call. Pure. */
export function connectSpans(marks: readonly Mark[]): readonly Span[] {
  const at = (event: Mark["event"]): number | null => marks.find((mark) => mark.event === event)?.atMs ?? null;
  const begin = at("begin");
  const [lookup, connect, secure, end] = [at("lookup"), at("connect"), at("secureConnect"), at("end")];
  return [
    { name: "look-up", ms: between(begin, lookup) },
    { name: "connect", ms: between(lookup ?? begin, connect) },
    { name: "TLS", ms: between(connect, secure) },
    { name: "handshake", ms: between(secure ?? connect, end) },
    { name: "session", ms: between(begin, end) },
  ];
}

/** The parts of a call: until its first byte comes back, until its last, and until it is read. Pure. */
export function callSpans(marks: readonly Mark[]): readonly Span[] {
  const begin = marks.find(({ event }) => event === "begin")?.atMs ?? null;
  const end = marks.find(({ event }) => event === "end")?.atMs ?? null;
  const reads = marks.filter(({ event }) => event === "read");
  const [first, last] = [reads[0]?.atMs ?? null, reads.at(-1)?.atMs ?? null];
  return [
    { name: "wait", ms: between(begin, first) },
    { name: "receive", ms: between(first, last) },
    { name: "read", ms: between(last, end) },
    { name: "call", ms: between(begin, end) },
  ];
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.round((to - from) * 1000) / 1000;
}

const meanings: Readonly<Record<string, string>> = {
  "look-up": "the name becomes an address",
  connect: "TCP",
  TLS: "",
  handshake: "what transport and protocol say first",
  wait: "encode, send, until the first byte of the reply",
  receive: "until its last byte",
  read: "decode",
};

function shown(
  { id, spec }: Binding,
  {
    url,
    session,
    first,
    second,
  }: { readonly url: string } & Readonly<Record<"session" | "first" | "second", readonly Span[]>>,
  reply: string,
): string {
  const lines = (title: string, spans: readonly Span[]): readonly string[] => [
    pc.bold(title),
    ...spans.map(({ name, ms }) => {
      const value = ms === null ? "–" : ms.toFixed(3);
      return `  ${name.padEnd(10)}${value.padStart(10)} ms  ${pc.dim(meanings[name] ?? "")}`.trimEnd();
    }),
  ];
  const answer = reply.length <= 100 ? reply : `${reply.slice(0, 100)}… (${reply.length} characters)`;
  return [
    `${pc.bold(id)}  ${spec.name} ${spec.version} at ${url}`,
    ...lines("the session", session),
    ...lines("the first call", first),
    ...lines("the second call, on the same connection", second),
    `${pc.dim("reply")}  ${answer}`,
  ].join("\n");
}
