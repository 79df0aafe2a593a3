import { once } from "node:events";
import type { ServerHttp2Session } from "node:http2";
import { grpcCode } from "@apb/protocols/grpc";
import { Client, connectivityState, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GrpcCall, GrpcMethod } from "./grpc-call.ts";
import { GrpcError } from "./grpc-status.ts";
import { asIs, type GrpcLoopback, grpcLoopback } from "./testing/grpc-loopback.ts";
import { framed } from "./testing/grpc-probe.ts";

let on: GrpcLoopback;
/** The latest call of Wait. */
let waiting: Promise<GrpcCall>;
let release: () => void;

const fail: GrpcMethod = {
  kind: "unary",
  answer: (message) => {
    throw new GrpcError(Number(message), `on purpose: ${message}`);
  },
};
const failLate: GrpcMethod = {
  kind: "stream",
  async *answer(message) {
    yield framed("first");
    throw new GrpcError(Number(message), `on purpose: ${message}`);
  },
};
const plain: GrpcMethod = { kind: "unary", answer: (message) => framed(message) };
/** As many bytes as it is told. */
const large: GrpcMethod = { kind: "unary", answer: (message) => framed("x".repeat(Number(message))) };
const metadata: GrpcMethod = {
  kind: "stream",
  async *answer(_, call) {
    call.addHeaders({ "x-text": call.metadata("x-text") ?? "", "x-bin": Buffer.concat([...call.binary("x-bin")]) });
    call.addTrailers({ "y-text": "last", "y-bin": Uint8Array.of(0, 255) });
    yield framed("");
  },
};

beforeEach(async () => {
  let begun: (call: GrpcCall) => void = () => undefined;
  waiting = new Promise((resolve) => {
    begun = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const wait: GrpcMethod = {
    kind: "unary",
    answer: async (_, call) => {
      begun(call);
      await Promise.race([released, once(call.signal, "abort")]);
      return framed("waited");
    },
  };
  on = await grpcLoopback({
    Fail: fail,
    FailLate: failLate,
    Plain: plain,
    Large: large,
    Metadata: metadata,
    Wait: wait,
  });
});
afterEach(() => on[Symbol.asyncDispose]());

describe("grpc-js hears from our server", () => {
  const codes = Object.entries(grpcCode).filter(([name]) => name !== "ok");

  it.each(codes)("the status %s", async (_, code) => {
    const { error } = await on.call("Fail", String(code));
    expect([error?.code, error?.details]).toEqual([code, `on purpose: ${code}`]);
  });

  it.each(codes)("the status %s after a message", async (_, code) => {
    const stream = on.client.makeServerStreamRequest("/test.Test/FailLate", asIs, asIs, Buffer.from(String(code)));
    const got: string[] = [];
    const reading = (async () => {
      for await (const message of stream as AsyncIterable<Buffer>) got.push(message.toString());
    })();
    await expect(reading).rejects.toMatchObject({ code, details: `on purpose: ${code}` });
    expect(got).toEqual(["first"]);
  });

  it("metadata of a stream, both ways, bytes too", async () => {
    const sent = new Metadata();
    sent.add("x-text", "a");
    sent.add("x-text", "b");
    sent.add("x-bin", Buffer.from([0, 1]));
    sent.add("x-bin", Buffer.from([254, 255]));
    const stream = on.client.makeServerStreamRequest("/test.Test/Metadata", asIs, asIs, Buffer.alloc(0), sent);
    stream.resume();
    const [[headers], [status]] = await Promise.all([once(stream, "metadata"), once(stream, "status")]);
    expect(headers.get("x-text")).toEqual(["a, b"]);
    expect(headers.get("x-bin")).toEqual([Buffer.from([0, 1, 254, 255])]);
    expect([status.metadata.get("y-text"), status.metadata.get("y-bin")]).toEqual([["last"], [Buffer.from([0, 255])]]);
  });

  it("nothing larger than it wants to hear", async () => {
    const limit = 4 * 1024 * 1024;
    const { reply } = await on.call("Large", String(limit));
    expect(reply.length).toBe(limit);
    expect((await on.call("Large", String(limit + 1))).error?.code).toBe(grpcCode.resourceExhausted);
    expect((await on.call("Plain", "after")).reply).toBe("after");
  });

  it("the end of a call at its deadline; our method is told", async () => {
    let began = false;
    void waiting.then(() => {
      began = true;
    });
    // On a slow machine the first deadlines may be over before the server has heard of the call.
    for (let withinMs = 50; !began; withinMs *= 2) {
      const error = await new Promise<ServiceError | null>((resolve) => {
        const options = { deadline: Date.now() + withinMs };
        on.client.makeUnaryRequest("/test.Test/Wait", asIs, asIs, Buffer.alloc(0), options, resolve);
      });
      expect(error?.code).toBe(grpcCode.deadlineExceeded);
    }
    const { signal } = await waiting;
    if (!signal.aborted) await once(signal, "abort");
  });

  it("answers to its pings, while a call waits and while none does", async () => {
    const pings = 3;
    let session: ServerHttp2Session | undefined;
    on.server.on("session", (opened: ServerHttp2Session) => {
      session = opened;
    });
    const client = new Client(`127.0.0.1:${on.port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.keepalive_time_ms": 5,
      "grpc.keepalive_timeout_ms": 20_000,
      "grpc.keepalive_permit_without_calls": 1,
    });
    const reply = new Promise<string>((resolve, reject) =>
      client.makeUnaryRequest("/test.Test/Wait", asIs, asIs, Buffer.alloc(0), (error, bytes) =>
        error ? reject(error) : resolve(String(bytes)),
      ),
    );
    await waiting;
    // The next ping is sent only when the one before it has been answered.
    for (let n = 0; n < pings; n++) await once(session as ServerHttp2Session, "ping");
    release();
    expect(await reply).toBe("waited");
    for (let n = 0; n < pings; n++) await once(session as ServerHttp2Session, "ping");
    expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.READY);
    client.close();
  });
});
