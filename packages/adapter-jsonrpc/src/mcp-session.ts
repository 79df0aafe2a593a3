import type { Binding, ConnectOptions, Reply, Streaming, UnaryOf } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { binding, type Offered } from "@apb/core/offer";
import { succeeded } from "@apb/core/problem";
import { allTools, readToolPage, readToolText } from "@apb/protocols/mcp-client";
import { streamedByProgress } from "@apb/protocols/mcp-progress";
import {
  answerToServer,
  cancelledText,
  initializedText,
  initializeRequest,
  readInitialized,
  sessionCallRequest,
  sessionHeaders,
  sessionListRequest,
  sessionRevision,
  sessionStreamRequest,
} from "@apb/protocols/mcp-session";
import { connectHttp, type HttpConnection, type HttpReply, type HttpRequest } from "@apb/wire/http";
import { waitingBytes } from "@apb/wire/limits";
import { offSpec, resultOf, type ServerRequest } from "./mcp-answer.ts";
import { streamedOf } from "./mcp-stream.ts";

const noTasks = `tasks are an experiment in MCP ${sessionRevision}: a call is answered in its own exchange`;

/** MCP 2025-11-25 on HTTP: an agent is a tool of a session, which connecting begins and disposing ends at the server too. */
export const mcpJsonrpcSession: Binding = binding({
  protocol: "mcp",
  transport: "jsonrpc",
  variant: sessionRevision,
  spec: {
    name: "MCP",
    version: sessionRevision,
    url: "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http",
    standing: "normative",
    streamedBy: streamedByProgress,
  },
  can: ["discover", "send", "stream"],
  cannot: { start: noTasks, poll: noTasks, cancel: noTasks },
  connect,
});

type Kind = "discover" | "send" | "stream";
type Headers = Readonly<Record<string, string>>;

const firstHeaders: Headers = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

/** What nobody waits for, a farewell or a word about a call that was given up, may take this long. */
const farewellMs = 1000;

/** A session at its server. */
interface Peer {
  readonly target: URL;
  /** Path and query of the target. */
  readonly path: string;
  readonly options: ConnectOptions;
  readonly connection: HttpConnection;
  /** Of every request after the first. Without a session id when the server has no use for one. */
  readonly headers: Headers;
  lastId: number;
  underWay: number;
  /** Messages without an answer that wait for their turn, and bytes of those among them that the server has asked for. */
  telling: number;
  waitingBytes: number;
  closing: Promise<void> | null;
}

const fresh = { lastId: 0, underWay: 0, telling: 0, waitingBytes: 0, closing: null };

async function connect(url: string, options: ConnectOptions): Promise<Offered<Kind>> {
  const target = new URL(url);
  const connection = await connectHttp(target, options.client, options.signal, options.maxReplyBytes, options.headers);
  const path = target.pathname + target.search;
  try {
    const headers = await initialize(connection, path, options.signal);
    return sessionOf({ target, path, options, connection, headers, ...fresh });
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Lifecycle, "Initialization"; resolves with the headers of the session. */
async function initialize(connection: HttpConnection, path: string, signal: AbortSignal): Promise<Headers> {
  const id = 0;
  const opening = await connection.request(post(path, firstHeaders, initializeRequest(id)), signal);
  const { version } = succeeded(readInitialized(resultOf(id, opening, null, null)));
  const sessionId = opening.headers[sessionHeaders.id];
  const headers = {
    ...firstHeaders,
    [sessionHeaders.version]: version,
    ...(sessionId === undefined ? {} : { [sessionHeaders.id]: sessionId }),
  };
  const reply = await connection.request(post(path, headers, initializedText), signal);
  if (reply.status !== 202) throw offSpec("202 for notifications/initialized", reply);
  return headers;
}

function sessionOf(peer: Peer): Offered<Kind> {
  return {
    wire: peer.connection.wire,
    async call(operation: UnaryOf<Kind>, signal: AbortSignal): Promise<Reply> {
      switch (operation.kind) {
        case "send": {
          const { agent, body } = operation;
          return succeeded(readToolText(await ask(peer, (id) => sessionCallRequest(id, agent, body), agent, signal)));
        }
        case "discover": {
          const page = async (cursor: string | null): Promise<unknown> =>
            ask(peer, (id) => sessionListRequest(id, cursor), null, signal);
          return allTools(async (cursor) => succeeded(readToolPage(await page(cursor), () => true)));
        }
      }
    },
    stream: (operation, signal) => stream(peer, operation, signal),
    [Symbol.asyncDispose]: () => {
      peer.closing ??= close(peer);
      return peer.closing;
    },
  };
}

/** The result of one request. A call that is aborted is taken back, as the server cannot tell it from a lost connection. */
async function ask(
  peer: Peer,
  request: (id: number) => string,
  tool: string | null,
  signal: AbortSignal,
): Promise<unknown> {
  const id = begin(peer, signal);
  try {
    const reply = await peer.connection.request(post(peer.path, peer.headers, request(id)), signal);
    expectSession(peer, reply);
    return resultOf(id, reply, tool, (asked: ServerRequest) => answer(peer, asked));
  } catch (error) {
    if (signal.aborted && peer.closing === null) tell(peer, cancelledText(id));
    throw error;
  } finally {
    peer.underWay--;
  }
}

/** The messages of one call. A reader that leaves takes it back, as one that is aborted does. */
async function* stream(peer: Peer, { agent, body }: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  const id = begin(peer, signal);
  let ended = false;
  try {
    const request = post(peer.path, peer.headers, sessionStreamRequest(id, agent, body));
    const response = await peer.connection.stream(request, signal);
    expectSession(peer, response);
    const end = yield* streamedOf(response, {
      ...{ id, tool: agent, asked: (asked) => answer(peer, asked) },
      read: (result) => succeeded(readToolText(result)),
    });
    ended = true;
    return end;
  } catch (error) {
    ended = !signal.aborted;
    throw error;
  } finally {
    peer.underWay--;
    if (!ended && peer.closing === null) tell(peer, cancelledText(id));
  }
}

/** Counts a request as under way and gives it its id. Throws `closed`, or why the signal was aborted. */
function begin(peer: Peer, signal: AbortSignal): number {
  if (peer.closing !== null) throw new Failure("closed", "the session is closed");
  if (signal.aborted) throw abortFailure(signal);
  peer.underWay++;
  return ++peer.lastId;
}

/** Transports, "Session Management": 404 to a session id means that the server has ended the session. */
function expectSession({ headers }: Peer, { status }: Pick<HttpReply, "status">): void {
  if (status === 404 && headers[sessionHeaders.id] !== undefined)
    throw new Failure("closed", "the server has ended the session: it answers 404 to its id");
}

/** Sends a message that has no answer, after what is under way; that it does not arrive is no failure. */
function tell(peer: Peer, message: string): void {
  const { connection, path, headers } = peer;
  peer.telling++;
  connection
    .request(post(path, headers, message), AbortSignal.timeout(farewellMs))
    .catch(() => undefined)
    .finally(() => peer.telling--);
}

/** Throws `protocol` when the server has asked for more than it has let us answer. */
function answer(peer: Peer, asked: ServerRequest): void {
  const text = answerToServer(asked);
  peer.waitingBytes = waitingBytes(peer.waitingBytes, text.length, peer.telling);
  tell(peer, text);
}

/** Ends the session here and at the server: on its own connection, or on another when that one is busy. */
async function close({ connection, target, path, headers, options, underWay }: Peer): Promise<void> {
  const farewell: HttpRequest = { method: "DELETE", path, headers, body: null };
  const signal = AbortSignal.timeout(farewellMs);
  const known = headers[sessionHeaders.id] !== undefined;
  if (known && underWay === 0) await connection.request(farewell, signal).catch(() => undefined);
  await connection[Symbol.asyncDispose]();
  if (!known || underWay === 0) return;
  try {
    await using other = await connectHttp(target, options.client, signal, options.maxReplyBytes, options.headers);
    await other.request(farewell, signal);
  } catch {
    // The server forgets sessions that nobody uses; there is nothing more to be done about this one.
  }
}

function post(path: string, headers: Headers, body: string): HttpRequest {
  return { method: "POST", path, headers, body };
}
