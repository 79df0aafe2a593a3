import { EventEmitter, once } from "node:events";
import { constants, type Http2Server } from "node:http2";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GrpcMethod } from "./grpc-call.ts";
import { grpcLimits, grpcListener } from "./grpc-listener.ts";
import { type GrpcLoopback, grpcLoopback } from "./testing/grpc-loopback.ts";
import { framed, grpcHeaders, openSession, probe } from "./testing/grpc-probe.ts";

let on: GrpcLoopback;

const plain: GrpcMethod = { kind: "unary", answer: (message) => framed(message) };
const endless: GrpcMethod = {
  kind: "stream",
  async *answer(message) {
    for (;;) yield framed(message);
  },
};
/** Says `asked`, and is told the answer. */
let slow: EventEmitter;
const asking: GrpcMethod = {
  kind: "unary",
  answer: async () => {
    slow.emit("asked");
    const [answer] = await once(slow, "answer");
    return answer;
  },
};

beforeEach(async () => {
  slow = new EventEmitter();
  on = await grpcLoopback({ Plain: plain, Endless: endless, Slow: asking });
});
afterEach(() => on[Symbol.asyncDispose]());

/** Type of the GOAWAY frame (RFC 9113 §6.8). */
const goaway = 7;

/** The types of the HTTP/2 frames these bytes begin with. */
function frameTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) types.push(bytes.readUInt8(at + 3));
  return types;
}

describe("requests that are not gRPC", () => {
  it("answers 405 to every method but POST", async () => {
    for (const method of ["GET", "PUT", "DELETE", "HEAD"]) {
      const reply = await probe(on.session, { ...grpcHeaders("/test.Test/Plain"), ":method": method }, []);
      expect([reply.httpStatus, reply.headers.allow, reply.grpcStatus]).toEqual([405, "POST", null]);
    }
  });

  it("answers 415 to every content type but gRPC with protobuf", async () => {
    for (const type of ["application/json", "application/grpc+json", "application/grpc-web", "application/grpcx"]) {
      const reply = await probe(on.session, grpcHeaders("/test.Test/Plain", { "content-type": type }), [framed("x")]);
      expect(reply.httpStatus).toBe(415);
    }
    for (const type of ["application/grpc", "application/grpc+proto", "application/grpc; x=1"]) {
      const reply = await probe(on.session, grpcHeaders("/test.Test/Plain", { "content-type": type }), [framed("x")]);
      expect([reply.httpStatus, reply.grpcStatus]).toEqual([200, 0]);
    }
  });

  it.each([
    ["HTTP/1.1", "POST /test.Test/Plain HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["TLS", "\x16\x03\x01\0\xc8\x01\0\0\xc4\x03\x03"],
  ])("closes a connection that speaks %s", async (_, bytes) => {
    const socket = connectTcp(on.port, "127.0.0.1");
    socket.write(bytes, "latin1");
    socket.resume();
    await once(socket, "close");
    expect((await on.call("Plain", "others go on")).reply).toBe("others go on");
  });

  it.each([
    ["a frame of no stream", "\0\0\x01\0\0\0\0\0\0x"],
    ["a frame that is too large", "\xff\xff\xff\0\0\0\0\0\x01"],
    ["headers that are no HPACK", "\0\0\x04\x01\x05\0\0\0\x01\xff\xff\xff\xff"],
  ])("says goodbye to HTTP/2 with %s", async (_, frame) => {
    const socket = connectTcp(on.port, "127.0.0.1");
    socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0${frame}`, "latin1");
    let received = Buffer.alloc(0);
    for await (const data of socket) {
      received = Buffer.concat([received, data as Buffer]);
      if (frameTypes(received).includes(goaway)) break;
    }
    expect((await on.call("Plain", "others go on")).reply).toBe("others go on");
  });
});

it("ends a call whose request never ends", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const answer = (message: Buffer): Buffer => message;
    const methods = new Map<string, GrpcMethod>([["/test.Test/Slow", { kind: "unary", answer }]]);
    // The time goes by at once: nobody could answer a ping.
    const limits = { ...grpcLimits, lookMs: grpcLimits.idleMs };
    const listener = grpcListener([{ methods }], limits).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const session = await openSession(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
    const request = session.request(grpcHeaders("/test.Test/Slow"));
    request.write(framed("x").subarray(0, 3));
    // The server has the call once it has answered a later one.
    expect((await probe(session, grpcHeaders("/test.Test/Slow"), [framed("y")])).grpcStatus).toBe(0);
    const answered = once(request, "response");
    vi.advanceTimersByTime(60_000);
    const [headers] = await answered;
    expect(headers["grpc-status"]).toBe("4");
    session.destroy();
    listener.close();
  } finally {
    vi.useRealTimers();
  }
});

describe("closing", () => {
  it("lets a call end, ends streams, and takes no new connection", async () => {
    const stream = on.session.request(grpcHeaders("/test.Test/Endless"));
    stream.end(framed("x"));
    await once(stream, "data");
    stream.resume();
    const call = probe(on.session, grpcHeaders("/test.Test/Slow"), [framed("x")]);
    await once(slow, "asked");
    const events = Promise.all([once(on.session, "goaway"), once(stream, "trailers"), once(on.server, "close")]);
    on.server.close();
    (on.server as Http2Server & { closeIdleConnections(): void }).closeIdleConnections();
    slow.emit("answer", framed("late"));
    expect(await call).toMatchObject({ grpcStatus: 0, body: framed("late") });
    const [[code], [trailers]] = await events;
    expect([code, trailers["grpc-status"]]).toEqual([constants.NGHTTP2_NO_ERROR, "14"]);
    await expect(openSession(on.url)).rejects.toThrow("ECONNREFUSED");
  });

  it("answers pings until then", async () => {
    const [error] = await new Promise<unknown[]>((resolve) => on.session.ping((...answer) => resolve(answer)));
    expect(error).toBeNull();
  });
});
