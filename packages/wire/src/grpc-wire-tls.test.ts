import http2 from "node:http2";
import https from "node:https";
import tls from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectGrpc, type GrpcConnection } from "./grpc.ts";
import { type Loopback, loopback, unabortable } from "./testing/loopback.ts";
import { selfSigned, trust } from "./testing/loopback-tls.ts";

const identity = selfSigned();

afterEach(() => {
  vi.restoreAllMocks();
});

function connect({ url }: Loopback): Promise<GrpcConnection> {
  trust(identity);
  return connectGrpc(new URL(`https://${url.host}`), "wire", unabortable);
}

describe("the wire client over TLS", () => {
  it("makes calls, also large ones, on a connection that ALPN has made HTTP/2", async () => {
    const protocols = new Set<unknown>();
    const server = http2.createSecureServer({ ...identity, settings: { initialWindowSize: 1024 * 1024 } });
    server.on("stream", (stream, headers) => {
      protocols.add(`${stream.session?.alpnProtocol} ${headers[":scheme"]}`);
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.pipe(stream);
    });
    await using there = await loopback(server);
    await using connection = await connect(there);
    const bodies = Array.from({ length: 20 }, (_, n) => Buffer.alloc(n * 20_000, `${n}`));
    const echo = (body: Buffer): Promise<Uint8Array> =>
      connection.ask("/a.B/C", body, {}, unabortable, Buffer.copyBytesFrom);
    expect(Buffer.concat(await Promise.all(bodies.map(echo))).equals(Buffer.concat(bodies))).toBe(true);
    expect([...protocols]).toEqual(["h2 https"]);
    expect(connection.wire.sentBytes).toBeGreaterThan(190 * 20_000);
  });

  it("finds out that a server speaks only HTTP/1.1: protocol", async () => {
    await using there = await loopback(https.createServer(identity));
    await expect(connect(there)).rejects.toMatchObject({ kind: "protocol" });
  });

  it("finds out that a server agrees on nothing: protocol", async () => {
    await using there = await loopback(tls.createServer(identity));
    await expect(connect(there)).rejects.toMatchObject({ kind: "protocol", message: expect.stringContaining("ALPN") });
  });

  it("does not trust everybody: refused", async () => {
    await using there = await loopback(http2.createSecureServer(selfSigned()));
    await expect(connect(there)).rejects.toMatchObject({ kind: "refused" });
  });
});
