import http from "node:http";
import http2 from "node:http2";
import type { Binding, ClientKind } from "@apb/core/binding";
import { GrpcStatus } from "@apb/wire/grpc-status";
import { HttpRefusal } from "@apb/wire/http-refusal";
import { loopback, unabortable } from "@apb/wire/testing/loopback";
import { describe, expect, it } from "vitest";
import { bareBindings, bindings } from "./catalog.ts";

/** What a request brought to be let in. */
interface Brought {
  readonly authorization: string | undefined;
  readonly query: string | null;
}

/** A server of whatever protocol on HTTP/1.1 that lets nobody in. */
function refusingHttp(brought: Brought[]): http.Server {
  const note = ({ headers, url = "" }: http.IncomingMessage): void => {
    brought.push({ authorization: headers.authorization, query: new URL(url, "http://h").searchParams.get("token") });
  };
  const server = http.createServer((request, response) => {
    note(request);
    response.writeHead(401, { "content-type": "application/json" });
    response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"who are you?"}}');
  });
  return server.on("upgrade", (request, socket) => {
    note(request);
    socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  });
}

/** The same for gRPC. */
function refusingGrpc(brought: Brought[]): http2.Http2Server {
  return http2.createServer().on("stream", (stream, { authorization, ":path": path = "" }) => {
    brought.push({ authorization, query: new URL(path, "http://h").searchParams.get("token") });
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "16" }, { endStream: true });
  });
}

/** What came of every operation that a binding offers, or of connecting. */
async function attempts(binding: Binding, url: string, client: ClientKind): Promise<readonly unknown[]> {
  try {
    await using session = await binding.connect(url, { client, signal: unabortable });
    const outcomes: unknown[] = [];
    for (const kind of ["discover", "send", "start", "poll", "cancel"] as const) {
      if (!binding.can.has(kind)) continue;
      const given = { kind, agent: "echo", body: "hi", handle: "echo/1" };
      outcomes.push(await session.call(given, unabortable).catch((error) => error));
    }
    if (!binding.can.has("stream")) return outcomes;
    const events = session.stream({ kind: "stream", agent: "echo", body: "hi" }, unabortable)[Symbol.asyncIterator]();
    return [...outcomes, await events.next().catch((error) => error)];
  } catch (error) {
    return [error];
  }
}

// A plain socket has nothing to say who asks with, a process is started by its own user, and SLIM's agents meet at a node.
const asking = [...bindings, ...bareBindings].filter(({ id }) => !/^slim|tcp$|stdio/.test(id));
const rows = asking.flatMap((binding) =>
  (["wire", "library"] as const).map((client) => ({ id: binding.id, client, binding })),
);

describe("a target's credentials", () => {
  it.each(rows)("go with every request of $id by the $client client, and are refused as such", async (row) => {
    const { id, client, binding } = row;
    const grpc = id.endsWith("grpc");
    const brought: Brought[] = [];
    await using served = await loopback(grpc ? refusingGrpc(brought) : refusingHttp(brought));
    const scheme = id.endsWith("websocket") ? "ws" : "http";
    const url = `${scheme}://us%40er:secret@${served.url.host}/?token=t0psecret`;
    for (const outcome of await attempts(binding, url, client)) {
      expect([HttpRefusal, GrpcStatus].some((kind) => outcome instanceof kind)).toBe(true);
      expect(outcome).toMatchObject({ kind: "rejected" });
    }
    expect(brought.length).toBeGreaterThan(0);
    const authorization = `Basic ${btoa("us@er:secret")}`;
    for (const each of brought) expect(each).toEqual({ authorization, query: grpc ? null : "t0psecret" });
  });
});
