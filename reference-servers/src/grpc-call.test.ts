import { once } from "node:events";
import { constants } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GrpcCall, GrpcMethod } from "./grpc-call.ts";
import { GrpcError } from "./grpc-status.ts";
import { asIs, type GrpcLoopback, grpcLoopback } from "./testing/grpc-loopback.ts";
import { framed, grpcHeaders, probe } from "./testing/grpc-probe.ts";

let on: GrpcLoopback;
/** Calls of Wait and Endless, as they come. */
let waiting: GrpcCall[];
let arrived: (() => void) | null;
/** Messages that Endless has given. */
let produced: number;

const echo: GrpcMethod = {
  kind: "unary",
  answer: (message, call) => {
    const bytes = call.binary("seen-bin");
    call.addHeaders({ "first-bin": Buffer.concat([...bytes]), "x-seen": call.metadata("x-sent") ?? "nothing" });
    call.addTrailers({ "last-bin": Buffer.from([255, 0, 1]) });
    return framed(message);
  },
};
const plain: GrpcMethod = { kind: "unary", answer: (message) => framed(message) };
const fail: GrpcMethod = {
  kind: "unary",
  answer: async (message) => {
    if (message.length > 0) throw new GrpcError(10, message.toString(), { "why-bin": Buffer.from("because") });
    throw new Error("a secret");
  },
};
const wait: GrpcMethod = {
  kind: "unary",
  answer: (_, call) => {
    waiting.push(call);
    arrived?.();
    return new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
  },
};
const endless: GrpcMethod = {
  kind: "stream",
  async *answer(message, call) {
    waiting.push(call);
    arrived?.();
    for (;;) {
      produced++;
      yield framed(message);
    }
  },
};
const count: GrpcMethod = {
  kind: "stream",
  async *answer(message) {
    const last = Number(message);
    for (let n = 1; n <= last; n++) yield framed(String(n));
    if (last === 3) throw new GrpcError(11, "three is enough");
  },
};

beforeEach(async () => {
  waiting = [];
  arrived = null;
  produced = 0;
  on = await grpcLoopback({ Echo: echo, Plain: plain, Fail: fail, Wait: wait, Endless: endless, Count: count });
});
afterEach(() => on[Symbol.asyncDispose]());

/** Resolves when a call of Wait or Endless has begun. */
async function begun(): Promise<GrpcCall> {
  if (waiting.length === 0)
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  return waiting[0] as GrpcCall;
}

function aborted({ signal }: GrpcCall): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, "abort");
}

describe("the request's message", () => {
  it("is put together from pieces of any size", async () => {
    const frame = framed("한국어, in pieces");
    for (let at = 0; at <= frame.length; at++) {
      const reply = await probe(on.session, grpcHeaders("/test.Test/Plain"), [
        frame.subarray(0, at),
        frame.subarray(at),
      ]);
      expect([reply.grpcStatus, reply.body]).toEqual([0, frame]);
    }
    const bytes = [...frame].map((byte) => Uint8Array.of(byte));
    expect((await probe(on.session, grpcHeaders("/test.Test/Plain"), bytes)).body).toEqual(frame);
  });

  it.each<[string, number, readonly Uint8Array[]]>([
    ["none", 12, []],
    ["an empty body", 12, [Buffer.alloc(0)]],
    ["two", 12, [framed("a"), framed("b")]],
    ["one and the beginning of another", 12, [framed("a"), Buffer.from([0])]],
    ["one that is cut off", 13, [framed("abc").subarray(0, 7)]],
    ["a prefix that is cut off", 13, [Buffer.from([0, 0])]],
    ["one flagged as compressed without an encoding", 13, [framed("a", 1)]],
    ["one with other flags", 13, [framed("a", 2)]],
    ["one that claims to be too large", 8, [Buffer.from([0, 0, 64, 0, 1])]],
  ])("is refused when there is %s: status %i", async (_, status, pieces) => {
    const reply = await probe(on.session, grpcHeaders("/test.Test/Plain"), pieces);
    expect([reply.httpStatus, reply.grpcStatus, reply.body.length]).toEqual([200, status, 0]);
    expect((await on.call("Plain", "still there")).reply).toBe("still there");
  });

  it("may not be compressed: UNIMPLEMENTED, and what would do", async () => {
    const headers = grpcHeaders("/test.Test/Plain", { "grpc-encoding": "gzip" });
    const reply = await probe(on.session, headers, [framed("a", 1)]);
    expect([reply.grpcStatus, reply.headers["grpc-accept-encoding"]]).toEqual([12, "identity"]);
    expect((await probe(on.session, headers, [framed("not compressed after all")])).grpcStatus).toBe(0);
  });

  it("may be as large as 4 MiB and no larger", async () => {
    const limit = 4 * 1024 * 1024;
    const { error, reply } = await on.call("Plain", "x".repeat(limit - 1024));
    expect([error, reply.length]).toEqual([null, limit - 1024]);
    expect((await on.call("Plain", "x".repeat(limit + 1))).error?.code).toBe(8);
    expect((await on.call("Plain", "after")).reply).toBe("after");
  });
});

describe("status and metadata", () => {
  it("answers UNIMPLEMENTED to unknown methods and services", async () => {
    const method = await probe(on.session, grpcHeaders("/test.Test/Nothing"), [framed("")]);
    expect([method.grpcStatus, method.headers["grpc-message"]]).toEqual([12, "unknown method /test.Test/Nothing"]);
    const service = await probe(on.session, grpcHeaders("/nobody/%C3%A9"), [framed("")]);
    expect([service.grpcStatus, service.headers["grpc-message"]]).toEqual([12, "unknown service /nobody/%25C3%25A9"]);
  });

  it("travels both ways, bytes too", async () => {
    const metadata = new Metadata();
    metadata.add("x-sent", "text");
    metadata.add("seen-bin", Buffer.from([0, 128, 255]));
    metadata.add("seen-bin", Buffer.from([7]));
    const { error, reply, headers, trailers } = await on.call("Echo", "hello", metadata);
    expect([error, reply]).toEqual([null, "hello"]);
    expect(headers.get("x-seen")).toEqual(["text"]);
    expect(headers.get("first-bin")).toEqual([Buffer.from([0, 128, 255, 7])]);
    expect(trailers.get("last-bin")).toEqual([Buffer.from([255, 0, 1])]);
  });

  it("carries the method's error, in any script", async () => {
    const { error } = await on.call("Fail", "100% daneben: 😀 한국어\n");
    expect([error?.code, error?.details]).toEqual([10, "100% daneben: 😀 한국어\n"]);
    expect(error?.metadata.get("why-bin")).toEqual([Buffer.from("because")]);
  });

  it("keeps a defect's text to itself", async () => {
    const logged = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { error } = await on.call("Fail", "");
    expect(logged.mock.calls.flat().join("")).toMatch(/^\/test\.Test\/Fail: Error: a secret/);
    logged.mockRestore();
    expect([error?.code, error?.details]).toEqual([2, "internal error"]);
  });
});

describe("deadlines and cancellation", () => {
  it("ends a call at its deadline", async () => {
    const headers = grpcHeaders("/test.Test/Wait", { "grpc-timeout": "1m" });
    const reply = await probe(on.session, headers, [framed("")]);
    expect(reply.grpcStatus).toBe(4);
    await aborted(waiting[0] as GrpcCall);
  });

  it("ends a stream at its deadline, after what was sent", async () => {
    const reply = await probe(on.session, grpcHeaders("/test.Test/Endless", { "grpc-timeout": "20m" }), [framed("x")]);
    expect([reply.httpStatus, reply.trailers["grpc-status"]]).toEqual([200, "4"]);
    expect(reply.body.length).toBeGreaterThan(0);
  });

  it("knows every unit of time, and what is none", async () => {
    for (const timeout of ["99999999H", "1M", "10S", "10000m", "10000000u"]) {
      const headers = grpcHeaders("/test.Test/Plain", { "grpc-timeout": timeout });
      expect((await probe(on.session, headers, [framed("")])).grpcStatus).toBe(0);
    }
    for (const timeout of ["", "1", "S", "123456789S", "-1S", "1.5S", "1x"]) {
      const headers = grpcHeaders("/test.Test/Plain", { "grpc-timeout": timeout });
      expect((await probe(on.session, headers, [framed("")])).grpcStatus).toBe(13);
    }
  });

  it("tells the method that the client has cancelled", async () => {
    const made = on.client.makeUnaryRequest("/test.Test/Wait", asIs, asIs, Buffer.alloc(0), () => undefined);
    const { signal } = await begun();
    made.cancel();
    if (!signal.aborted) await once(signal, "abort");
    expect((await on.call("Plain", "others go on")).reply).toBe("others go on");
  });

  it("bears calls that are cancelled as soon as they are made", async () => {
    for (const path of ["/test.Test/Plain", "/test.Test/Count", "/test.Test/Endless", "/nobody/Nothing"]) {
      for (let n = 0; n < 50; n++) {
        const made = on.session.request(grpcHeaders(path, n % 2 === 0 ? {} : { "content-type": "text/plain" }));
        made.on("error", () => undefined);
        if (n % 3 === 0) made.end(framed("1"));
        made.close(constants.NGHTTP2_CANCEL);
      }
    }
    expect((await on.call("Plain", "after")).reply).toBe("after");
  });

  it("tells the method that the connection has gone", async () => {
    on.session
      .request(grpcHeaders("/test.Test/Endless"))
      .on("error", () => undefined)
      .end(framed("x"));
    const { signal } = await begun();
    on.session.destroy();
    if (!signal.aborted) await once(signal, "abort");
  });
});

describe("streams", () => {
  it("sends messages in order, and the status last", async () => {
    const done = await probe(on.session, grpcHeaders("/test.Test/Count"), [framed("1000")]);
    const expected = Array.from({ length: 1000 }, (_, n) => framed(String(n + 1)));
    expect([done.trailers["grpc-status"], done.body]).toEqual(["0", Buffer.concat(expected)]);
    const failed = await probe(on.session, grpcHeaders("/test.Test/Count"), [framed("3")]);
    expect([failed.trailers["grpc-status"], failed.trailers["grpc-message"]]).toEqual(["11", "three is enough"]);
    expect((await probe(on.session, grpcHeaders("/test.Test/Count"), [framed("0")])).trailers["grpc-status"]).toBe("0");
  });

  it("wait for a client that does not read", async () => {
    const stream = on.session.request(grpcHeaders("/test.Test/Endless"));
    stream.on("error", () => undefined);
    stream.end(framed("x".repeat(16_384)));
    await once(stream, "response");
    expect((await on.call("Plain", "meanwhile")).reply).toBe("meanwhile");
    expect(produced).toBeLessThan(100);
    stream.close(constants.NGHTTP2_CANCEL);
    await aborted(await begun());
  });
});
