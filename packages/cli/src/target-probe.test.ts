import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import type { Binding, ClientKind } from "@apb/core/binding";
import { asFailure, type Failure } from "@apb/core/failure";
import { startServer } from "@apb/runner/server";
import { loopback, unabortable } from "@apb/wire/testing/loopback";
import { selfSigned, trust } from "@apb/wire/testing/loopback-tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findBinding } from "./catalog.ts";
import { probeTarget } from "./target-probe.ts";
import { builtServer } from "./testing/bench-process.ts";

const identity = selfSigned();

/** One binding of each transport, with the scheme of its URLs. */
const transports = [
  { id: "acp/rest", scheme: "http" },
  { id: "acp/websocket", scheme: "ws" },
  { id: "agp/grpc", scheme: "http" },
] as const;
type Transport = (typeof transports)[number];

const rows = transports.flatMap((transport) =>
  (["wire", "library"] as const).map((client) => ({ ...transport, client })),
);

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the probe throws; null where it has nothing to say. */
async function trouble(id: string, url: string, client: ClientKind, signal = unabortable): Promise<Failure | null> {
  return probeTarget(findBinding(id) as Binding, { url, client, headers: {}, call: null, echoes: false }, signal).then(
    () => null,
    asFailure,
  );
}

/** A server of a transport that speaks TLS, or does not, and answers everything with this status (gRPC with a trailer instead). */
function answering({ id }: Pick<Transport, "id">, tls: boolean, status: number): net.Server {
  if (id === "agp/grpc") {
    const server = tls ? http2.createSecureServer(identity) : http2.createServer();
    return server.on("stream", (stream: http2.ServerHttp2Stream) => {
      const denied = { ":status": 200, "content-type": "application/grpc", "grpc-status": String(status) };
      stream.respond(denied, { endStream: true });
    });
  }
  const server = tls ? https.createServer(identity) : http.createServer();
  server.on("request", (_request: http.IncomingMessage, response: http.ServerResponse) =>
    response.writeHead(status).end("who are you?"),
  );
  return server.on("upgrade", (_request: http.IncomingMessage, socket: net.Socket) =>
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`),
  );
}

describe.each(rows)("a target for $id and the $client client", ({ id, scheme, client }) => {
  it("that nobody listens at", async () => {
    const gone = await loopback(net.createServer());
    await gone[Symbol.asyncDispose]();
    expect(await trouble(id, `${scheme}://${gone.url.host}/x`, client)).toMatchObject({
      kind: "refused",
      sentence: expect.stringMatching(/^--target \S+\/x cannot be reached \(.*ECONNREFUSED.*\); start it, or correct/),
    });
  });

  it("whose host does not exist", async () => {
    // Without a name server in reach there is no answer at all.
    expect(await trouble(id, `${scheme}://no-such-host.invalid/x`, client)).toMatchObject({
      kind: expect.stringMatching(/^(refused|timeout)$/),
      sentence: expect.stringMatching(/^--target \S+no-such-host.invalid\/x (cannot be reached|gave no answer)/),
    });
  });

  it("that speaks TLS where plain was asked", async () => {
    await using served = await loopback(answering({ id }, true, 200));
    expect(await trouble(id, `${scheme}://${served.url.host}/x`, client)).toMatchObject({
      kind: "protocol",
      sentence: expect.stringMatching(new RegExp(`/x speaks TLS; ask it by ${scheme}s://${served.url.host}/x$`)),
    });
  });

  it("that speaks no TLS where it was asked", async () => {
    await using served = await loopback(answering({ id }, false, 200));
    expect(await trouble(id, `${scheme}s://${served.url.host}/x`, client)).toMatchObject({
      kind: "protocol",
      sentence: expect.stringMatching(new RegExp(`/x speaks no TLS; ask it by ${scheme}://${served.url.host}/x$`)),
    });
  });

  it("whose certificate nobody trusts", async () => {
    await using served = await loopback(answering({ id }, true, 200));
    expect(await trouble(id, `${scheme}s://${served.url.host}/x`, client)).toMatchObject({
      kind: "refused",
      sentence: expect.stringMatching(/has a certificate that is not trusted here; .*NODE_EXTRA_CA_CERTS/),
    });
  });

  it.each([401, 403])("that wants authorization (%d)", async (status) => {
    await using served = await loopback(
      answering({ id }, false, id === "agp/grpc" ? (status === 401 ? 16 : 7) : status),
    );
    const url = `${scheme}://${served.url.host}/x`;
    expect(await trouble(id, url, client)).toMatchObject({
      kind: "rejected",
      sentence: expect.stringMatching(/\/x wants authorization \((HTTP|gRPC status) \d+.*\); add --header/),
    });
    const other = await trouble(id, url.replace("://", "://user:secret@"), client);
    expect(other?.sentence).toMatch(/:\/\/\*\*\*@\S+ does not take the credentials in its URL/);
    expect(other?.message).not.toContain("secret");
  });

  it("that ends every connection", async () => {
    await using served = await loopback(net.createServer((socket) => socket.destroy()));
    expect(await trouble(id, `${scheme}://${served.url.host}/x`, client)).toMatchObject({
      kind: id === "agp/grpc" ? "protocol" : "refused",
      sentence: expect.stringMatching(/cannot be reached|ended the connection without|the connection came to nothing/),
    });
  });

  it("that is one of ours has no trouble", async () => {
    await using server = await startServer({ file: builtServer, bindings: [id], port: 0, delayMs: 0, workMs: 0 });
    expect(await trouble(id, server.urls[id] as string, client)).toBeNull();
  });

  it("is not asked any more on Ctrl-C", async () => {
    const controller = new AbortController();
    const silent = net.createServer((socket) => socket.on("data", () => controller.abort()));
    await using served = await loopback(silent);
    const url = `${scheme}://${served.url.host}/x`;
    expect(await trouble(id, url, client, controller.signal)).toMatchObject({ kind: "aborted" });
  });
});

describe("a target over TLS", () => {
  it.each(transports)("that lets nobody in is told apart from one without TLS ($id)", async ({ id, scheme }) => {
    trust(identity);
    await using served = await loopback(answering({ id }, true, id === "agp/grpc" ? 16 : 401));
    expect(await trouble(id, `${scheme}s://${served.url.host}/x`, "wire")).toMatchObject({ kind: "rejected" });
  });
});

describe("a target that is silent", () => {
  it("is given up by every client after two seconds", async () => {
    await using served = await loopback(net.createServer());
    const waits = rows.map(({ id, scheme, client }) => trouble(id, `${scheme}://${served.url.host}/x`, client));
    for (const found of await Promise.all(waits))
      expect(found).toMatchObject({
        kind: "timeout",
        sentence: expect.stringMatching(/^--target \S+\/x gave no answer within 2 s; is it well/),
      });
  });

  it("is left to the checks once it has told who is there", async () => {
    const server = http.createServer((request, response) => {
      if (request.method === "GET") response.end('{"agents":[]}');
    });
    await using served = await loopback(server);
    expect(await trouble("acp/rest", served.url.href, "wire")).toBeNull();
  });
});

describe("a target that answers something else", () => {
  it.each(["acp/rest", "mcp/jsonrpc", "a2a/rest"])("as %s is told so", async (id) => {
    await using served = await loopback(http.createServer((_request, response) => response.end("hello")));
    expect(await trouble(id, served.url.href, "wire")).toMatchObject({
      kind: "protocol",
      sentence: expect.stringMatching(/^--target \S+ does not answer as \S+ does \(expected .*\); correct --target/),
    });
  });

  it.each(["acp/websocket", "agp/grpc"])("as %s has no session to check", async (id) => {
    await using served = await loopback(http.createServer((_request, response) => response.end("hello")));
    expect(await trouble(id, served.url.href, "wire")).toMatchObject({
      kind: "protocol",
      sentence: expect.stringMatching(/^--target \S+ does not speak \S+ \(expected .*\); correct --target/),
    });
  });

  it("is found where only what may be measured is closed to us", async () => {
    const server = http.createServer((request, response) => {
      if (request.method === "GET") response.end('{"agents":[]}');
      else response.writeHead(401).end();
    });
    await using served = await loopback(server);
    expect(await trouble("acp/rest", served.url.href, "library")).toMatchObject({ kind: "rejected" });
  });
});
