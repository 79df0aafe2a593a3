import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { type Framing, Multiplex } from "./multiplex.ts";
import type { WebSocketConnection, WebSocketEvents } from "./websocket.ts";

/** Frames of the test's own: `id:text`, the last of a request marked with a full stop; `#…` is news, `?…` a question. */
const framing: Framing<string> = {
  read(data) {
    const text = String(data);
    if (text.startsWith("#")) return null;
    if (text.startsWith("?")) return { answer: `!${text.slice(1)}` };
    const colon = text.indexOf(":");
    if (colon === -1) throw new Failure("protocol", `expected id:text, got ${text}`);
    return { id: Number(text.slice(0, colon)), frame: text.slice(colon + 1), last: text.endsWith(".") };
  },
  stop: (id) => (id === 9 ? null : `${id}:stop`),
  sizeOf: ({ length }) => length,
};

interface Fake extends WebSocketConnection, WebSocketEvents {
  readonly sent: string[];
  unsent: number;
  disposed: number;
  paused: boolean;
}

async function open(maxReplyBytes = 1_000_000): Promise<{ frames: Multiplex<string>; fake: Fake }> {
  let fake: Fake | undefined;
  const frames = await Multiplex.open(
    async (events) => {
      fake = {
        ...events,
        sent: [],
        unsent: 0,
        disposed: 0,
        paused: false,
        wire: { sentBytes: 1, receivedBytes: 2, connections: 1 },
        send(data) {
          this.sent.push(String(data));
        },
        pause() {
          this.paused = true;
        },
        resume() {
          this.paused = false;
        },
        async [Symbol.asyncDispose]() {
          this.disposed++;
        },
      };
      return fake;
    },
    framing,
    maxReplyBytes,
  );
  return { frames, fake: fake as Fake };
}

const ask = (text: string) => (id: number) => `${id}:${text}`;
const never = new AbortController().signal;

async function collect(frames: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** Lets everything that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Multiplex", () => {
  it("gives each call its own answer, in whatever order they come", async () => {
    const { frames, fake } = await open();
    const calls = ["a", "b", "c"].map((text) => frames.call(ask(text), never));
    expect(fake.sent).toEqual(["0:a", "1:b", "2:c"]);
    for (const answer of ["2:C.", "0:A.", "1:B."]) fake.message(answer);
    expect(await Promise.all(calls)).toEqual(["A.", "B.", "C."]);
    expect(frames.wire).toEqual({ sentBytes: 1, receivedBytes: 2, connections: 1 });
  });

  it("keeps a stream's answers apart from the calls beside it", async () => {
    const { frames, fake } = await open();
    const stream = collect(frames.stream(ask("s"), never));
    const call = frames.call(ask("c"), never);
    for (const frame of ["0:one", "1:C.", "#news", "0:two", "0:end."]) fake.message(frame);
    expect(await call).toBe("C.");
    expect(await stream).toEqual(["one", "two", "end."]);
    expect(fake.sent).toEqual(["0:s", "1:c"]);
  });

  it("keeps what a stream's reader has not taken yet", async () => {
    const { frames, fake } = await open();
    const reader = frames.stream(ask("s"), never)[Symbol.asyncIterator]();
    const first = reader.next();
    for (let n = 0; n < 10_000; n++) fake.message(`0:${n}`);
    fake.message("0:end.");
    expect(await first).toEqual({ done: false, value: "0" });
    fake.closed(new Failure("closed", "after the last answer"));
    for (let n = 1; n < 10_000; n++) expect((await reader.next()).value).toBe(String(n));
    expect((await reader.next()).value).toBe("end.");
    expect((await reader.next()).done).toBe(true);
  });

  it("ends when more of a stream is left unread than it may have, and not for a stream that is read", async () => {
    const { frames, fake } = await open(1000);
    const read: string[] = [];
    const reading = (async () => {
      for await (const frame of frames.stream(ask("s"), never)) read.push(frame);
    })();
    const unread = frames.stream(ask("u"), never)[Symbol.asyncIterator]();
    const first = unread.next();
    for (let n = 0; n < 100; n++) {
      fake.message(`0:${"x".repeat(98)}`);
      await turn();
    }
    expect(read).toHaveLength(100);
    for (let n = 0; n < 10; n++) fake.message(`1:${"x".repeat(98)}`);
    expect(fake.disposed).toBe(0);
    fake.message("1:x");
    expect(fake.disposed).toBe(1);
    const tooLarge = { kind: "protocol", sentence: "expected a reply of at most 1000 bytes, got more" };
    await expect(reading).rejects.toMatchObject(tooLarge);
    await expect(first).rejects.toMatchObject(tooLarge);
  });

  it("reads no more of a channel while much of a stream is left unread", async () => {
    const { frames, fake } = await open();
    const [a, b] = ["a", "b"].map((text) => frames.stream(ask(text), never)[Symbol.asyncIterator]()) as [
      AsyncIterator<string>,
      AsyncIterator<string>,
    ];
    const firsts = [a.next(), b.next()];
    const piece = "x".repeat(99_998);
    for (const id of [0, 1]) {
      for (let n = 0; n < 2; n++) fake.message(`${id}:${piece}`);
      expect(fake.paused).toBe(id === 1);
      fake.message(`${id}:${piece}`);
      expect(fake.paused).toBe(true);
    }
    await Promise.all(firsts);
    for (let n = 0; n < 2; n++) await a.next();
    // One has been read, the other not.
    const end = a.next();
    await turn();
    expect(fake.paused).toBe(true);
    await b.return?.();
    expect(fake.paused).toBe(false);
    fake.message("0:end.");
    expect((await end).value).toBe("end.");
  });

  it("reads on when a stream that was left unread is aborted, whether its reader comes back or not", async () => {
    const { frames, fake } = await open();
    const controller = new AbortController();
    const reader = frames.stream(ask("s"), controller.signal)[Symbol.asyncIterator]();
    const first = reader.next();
    fake.message(`0:${"x".repeat(300_000)}`);
    await first;
    fake.message(`0:${"x".repeat(300_000)}`);
    expect(fake.paused).toBe(true);
    controller.abort();
    expect(fake.paused).toBe(false);
  });

  it("ends when a server asks and asks and does not read the answers", async () => {
    const { frames, fake } = await open();
    const call = frames.call(ask("c"), never);
    for (let n = 0; n < 3000; n++) fake.message("?ping");
    expect(fake.sent).toHaveLength(3001);
    fake.unsent = 1;
    for (let n = 0; n < 3000; n++) fake.message("?ping");
    expect(fake.sent.length).toBeLessThan(4025);
    expect(fake.disposed).toBe(1);
    await expect(call).rejects.toMatchObject({ kind: "protocol" });
  });

  it("stops a stream that its reader leaves, once, and overlooks what still comes of it", async () => {
    const { frames, fake } = await open();
    const stream = frames.stream(ask("s"), never);
    const left = (async () => {
      for await (const frame of stream) return frame;
    })();
    fake.message("0:one");
    fake.message("0:two");
    expect(await left).toBe("one");
    fake.message("0:three");
    fake.message("0:end.");
    expect(fake.sent).toEqual(["0:s", "0:stop"]);
    const call = frames.call(ask("c"), never);
    fake.message("1:C.");
    expect(await call).toBe("C.");
  });

  it("stops a call or stream that is aborted, and only that one", async () => {
    const { frames, fake } = await open();
    const controller = new AbortController();
    const aborted = frames.call(ask("a"), controller.signal);
    const beside = frames.call(ask("b"), never);
    const reader = frames.stream(ask("s"), controller.signal)[Symbol.asyncIterator]();
    const reading = reader.next();
    fake.message("2:one");
    fake.message("2:two");
    expect((await reading).value).toBe("one");
    controller.abort(new Failure("timeout", "too slow"));
    await expect(aborted).rejects.toMatchObject({ kind: "timeout" });
    await expect(reader.next()).rejects.toMatchObject({ kind: "timeout" });
    expect(fake.sent.slice(3)).toEqual(["0:stop", "2:stop"]);
    fake.message("0:late.");
    fake.message("1:B.");
    expect(await beside).toBe("B.");
  });

  it("aborts a reader that is waiting", async () => {
    const { frames, fake } = await open();
    const controller = new AbortController();
    const waiting = collect(frames.stream(ask("s"), controller.signal));
    await turn();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: "aborted" });
    expect(fake.sent).toEqual(["0:s", "0:stop"]);
  });

  it("answers what the server asks", async () => {
    const { frames, fake } = await open();
    const call = frames.call(ask("c"), never);
    for (const frame of ["?one", "0:C."]) fake.message(frame);
    expect(await call).toBe("C.");
    expect(fake.sent).toEqual(["0:c", "!one"]);
  });

  it("stops nothing that the protocol cannot stop", async () => {
    const { frames, fake } = await open();
    const controller = new AbortController();
    const calls = Array.from({ length: 10 }, () => frames.call(ask("c"), controller.signal));
    const rejected = Promise.allSettled(calls);
    controller.abort();
    expect((await rejected).every(({ status }) => status === "rejected")).toBe(true);
    expect(fake.sent.at(-1)).toBe("8:stop");
  });

  it("sends nothing for a signal that is aborted already", async () => {
    const { frames, fake } = await open();
    await expect(frames.call(ask("a"), AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
    await expect(collect(frames.stream(ask("a"), AbortSignal.abort()))).rejects.toMatchObject({ kind: "aborted" });
    expect(fake.sent).toEqual([]);
  });

  it.each([
    ["an id that was never given", "7:what."],
    ["a frame that is none", "what"],
  ])("ends everything at %s", async (_name, frame) => {
    const { frames, fake } = await open();
    const call = frames.call(ask("a"), never);
    const stream = collect(frames.stream(ask("s"), never));
    fake.message(frame);
    await expect(call).rejects.toMatchObject({ kind: "protocol" });
    await expect(stream).rejects.toMatchObject({ kind: "protocol" });
    await expect(frames.call(ask("b"), never)).rejects.toMatchObject({ kind: "protocol" });
    expect(fake.disposed).toBe(1);
    fake.message("0:too late.");
    expect(fake.sent).toEqual(["0:a", "1:s"]);
  });

  it("rejects what is pending when the connection ends, and everything after", async () => {
    const { frames, fake } = await open();
    const pending = [frames.call(ask("a"), never), collect(frames.stream(ask("s"), never))];
    fake.closed(new Failure("closed", "the peer went away"));
    for (const promise of pending) await expect(promise).rejects.toThrow("the peer went away");
    await expect(frames.call(ask("b"), never)).rejects.toThrow("the peer went away");
  });

  it("rejects what is pending when it is disposed, and may be disposed twice", async () => {
    const { frames, fake } = await open();
    const pending = frames.call(ask("a"), never);
    const rejected = expect(pending).rejects.toMatchObject({ kind: "closed" });
    await Promise.all([rejected, frames[Symbol.asyncDispose]()]);
    await frames[Symbol.asyncDispose]();
    await expect(frames.call(ask("b"), never)).rejects.toMatchObject({ kind: "closed" });
    expect(fake.sent).toEqual(["0:a"]);
  });

  it("is no worse for a connection that takes no more frames", async () => {
    const { frames, fake } = await open();
    const controller = new AbortController();
    const call = frames.call(ask("a"), controller.signal);
    fake.send = () => {
      throw new Failure("closed", "closing");
    };
    await expect(frames.call(ask("b"), never)).rejects.toThrow("closing");
    controller.abort();
    await expect(call).rejects.toMatchObject({ kind: "aborted" });
  });

  it("does not open onto a server that speaks out of turn", async () => {
    let disposed = 0;
    const opening = Multiplex.open(async (events) => {
      events.message("what");
      return {
        wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
        send: () => undefined,
        unsent: 0,
        [Symbol.asyncDispose]: async () => {
          disposed++;
        },
      };
    }, framing);
    await expect(opening).rejects.toMatchObject({ kind: "protocol" });
    expect(disposed).toBe(1);
  });

  it("fails as the connecting fails", async () => {
    const failure = new Failure("refused", "nobody there");
    await expect(Multiplex.open(() => Promise.reject(failure), framing)).rejects.toBe(failure);
  });
});
