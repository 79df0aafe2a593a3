import { once } from "node:events";
import type { Http2Server } from "node:http2";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DuplexMethod, GrpcCall } from "./grpc-call.ts";
import { GrpcError } from "./grpc-status.ts";
import { asIs, type GrpcLoopback, grpcLoopback } from "./testing/grpc-loopback.ts";
import { framed, grpcHeaders, probe } from "./testing/grpc-probe.ts";

let on: GrpcLoopback;
/** Calls of Echo, as they come. */
let calls: GrpcCall[];
/** Messages that Echo has read. */
let taken: number;

const echo: DuplexMethod = {
  kind: "duplex",
  async *answer(messages, call) {
    calls.push(call);
    for await (const message of messages) {
      taken++;
      if (message.toString() === "stop") throw new GrpcError(9, "as you wish");
      yield framed(message);
    }
  },
};
const first: DuplexMethod = {
  kind: "duplex",
  async *answer(messages) {
    for await (const message of messages) {
      yield framed(message);
      return;
    }
  },
};
/** Goes on when there is nothing more to answer. */
const linger: DuplexMethod = {
  kind: "duplex",
  async *answer(messages, call) {
    yield* echo.answer(messages, call);
    if (!call.signal.aborted) await once(call.signal, "abort");
  },
};
/** Answers without having read anything. */
const deaf: DuplexMethod = {
  kind: "duplex",
  async *answer() {
    yield framed("what?");
  },
};

beforeEach(async () => {
  calls = [];
  taken = 0;
  on = await grpcLoopback({ Echo: echo, First: first, Linger: linger, Deaf: deaf });
});
afterEach(() => on[Symbol.asyncDispose]());

type Talk = ClientDuplexStream<Buffer, Buffer>;

function talk(method: string, options: object = {}): Talk {
  return on.client.makeBidiStreamRequest(`/test.Test/${method}`, asIs, asIs, options);
}

/** The messages that come before the end, and the status it has. */
function heard(stream: Talk): Promise<{ texts: string[]; code: number; details: string }> {
  const texts: string[] = [];
  stream.on("data", (message: Buffer) => texts.push(message.toString()));
  // Every error is a status too.
  stream.on("error", () => undefined);
  return new Promise((resolve) => stream.on("status", ({ code, details }) => resolve({ texts, code, details })));
}

function aborted({ signal }: GrpcCall): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, "abort");
}

describe("a call both of whose sides send messages", () => {
  it("answers each message as it comes", async () => {
    const stream = talk("Echo");
    for (const text of ["one", "", "x".repeat(300_000), "한국어"]) {
      stream.write(Buffer.from(text));
      const [reply] = await once(stream, "data");
      expect(reply.toString()).toBe(text);
    }
    stream.end();
    expect(await heard(stream)).toEqual({ texts: [], code: 0, details: "" });
  });

  it("puts messages together from pieces of any size, and takes several in one", async () => {
    const frames = Buffer.concat([framed("a"), framed(""), framed("bc"), framed("d".repeat(20))]);
    for (let at = 0; at <= frames.length; at++) {
      const pieces = [frames.subarray(0, at), frames.subarray(at)];
      const reply = await probe(on.session, grpcHeaders("/test.Test/Echo"), pieces);
      expect([reply.grpcStatus, reply.body]).toEqual([0, frames]);
    }
    const bytes = [...frames].map((byte) => Uint8Array.of(byte));
    expect((await probe(on.session, grpcHeaders("/test.Test/Echo"), bytes)).body).toEqual(frames);
  });

  it("may end at once", async () => {
    const stream = talk("Echo");
    stream.end();
    expect(await heard(stream)).toEqual({ texts: [], code: 0, details: "" });
  });

  it.each<[string, number, readonly Uint8Array[]]>([
    ["that is cut off", 13, [framed("a"), framed("abc").subarray(0, 7)]],
    ["flagged as compressed without an encoding", 13, [framed("a"), framed("b", 1)]],
    ["with other flags", 13, [framed("a"), framed("b", 2)]],
    ["that claims to be too large", 8, [framed("a"), Buffer.from([0, 0, 64, 0, 1])]],
    ["that the method refuses", 9, [framed("a"), framed("stop")]],
  ])("ends at a message %s: status %i", async (_, status, pieces) => {
    const reply = await probe(on.session, grpcHeaders("/test.Test/Echo"), pieces);
    expect([reply.grpcStatus, reply.body]).toEqual([status, framed("a")]);
    expect(await heard(talk("Deaf"))).toMatchObject({ texts: ["what?"], code: 0 });
  });

  it.each(["First", "Deaf"])("can be ended by the server: %s", async (method) => {
    const stream = talk(method);
    stream.write(Buffer.from("what?"));
    expect(await heard(stream)).toEqual({ texts: ["what?"], code: 0, details: "" });
  });

  it("is ended by its deadline, which the method learns of", async () => {
    const stream = talk("Linger", { deadline: Date.now() + 20 });
    expect(await heard(stream)).toMatchObject({ code: 4 });
    await Promise.all(calls.map(aborted));
  });

  it("is ended by the client that cancels, which the method learns of", async () => {
    const stream = talk("Linger");
    stream.write(Buffer.from("x"));
    await once(stream, "data");
    stream.cancel();
    expect(await heard(stream)).toMatchObject({ code: 1 });
    await Promise.all(calls.map(aborted));
  });

  it("is ended when the client is gone", async () => {
    const stream = on.session.request(grpcHeaders("/test.Test/Echo"));
    stream.on("error", () => undefined);
    stream.write(framed("x"));
    await once(stream, "data");
    on.session.destroy();
    await Promise.all(calls.map(aborted));
  });

  it("does not read on while its client does not", async () => {
    const stream = on.session.request(grpcHeaders("/test.Test/Echo"));
    const message = framed("x".repeat(65_536));
    const messages = Array.from({ length: 64 }, () => message);
    for (const one of messages) stream.write(one);
    stream.end();
    await once(stream, "response");
    expect((await probe(on.session, grpcHeaders("/test.Test/Deaf"), [])).grpcStatus).toBe(0);
    expect(taken).toBeLessThan(32);
    let received = 0;
    stream.on("data", (data: Buffer) => {
      received += data.length;
    });
    await once(stream, "end");
    expect([taken, received]).toEqual([64, 64 * message.length]);
  });

  it("is ended when the server closes, and holds nothing open", async () => {
    const stream = talk("Echo");
    stream.write(Buffer.from("x"));
    await once(stream, "data");
    const ended = heard(stream);
    const closed = once(on.server, "close");
    on.server.close();
    (on.server as Http2Server & { closeIdleConnections(): void }).closeIdleConnections();
    expect(await ended).toMatchObject({ code: 14, details: "the server is closing" });
    on.client.close();
    on.session.destroy();
    await closed;
  });
});
