import type { Session } from "../../binding.ts";
import type { Failure } from "../../failure.ts";
import { type Flaw, flawed, forever, streaming } from "./flaw.ts";

/** What can be wrong with a stream. */
export const streamFlaws: readonly Flaw[] = [
  {
    flaw: "swaps two items",
    binding: streaming(async function* (items) {
      for await (const item of items) yield item.kind === "message" ? { ...item, body: swapped(item.body) } : item;
    }),
    fails: ["streams in order and ends"],
  },
  {
    flaw: "sends an item twice",
    binding: streaming(async function* (items) {
      for await (const item of items) {
        yield item;
        if (item.kind === "message" && item.body === "token-7") yield item;
      }
    }),
    fails: ["streams in order and ends"],
  },
  {
    flaw: "loses the last item",
    binding: streaming(async function* (items) {
      for await (const item of items) if (item.kind === "message" && item.body !== "token-24") yield item;
    }),
    fails: ["streams in order and ends"],
  },
  {
    flaw: "never ends a stream",
    binding: streaming(async function* (items) {
      yield* items;
      await forever;
    }),
    fails: ["streams in order and ends"],
    hangs: "all",
  },
  {
    flaw: "reads a stream to its end although its reader has left",
    binding: streaming(async function* (items) {
      const iterator = items[Symbol.asyncIterator]();
      let next = await iterator.next();
      try {
        for (; !next.done; next = await iterator.next()) yield next.value;
      } finally {
        while (!next.done) next = await iterator.next();
      }
    }),
    fails: ["lets go of a stream that its reader leaves"],
    hangs: "all",
  },
  {
    flaw: "is blocked by a stream its reader has left",
    binding: flawed(blockedByLeaving),
    fails: ["lets go of a stream that its reader leaves"],
    hangs: "all",
  },
  {
    flaw: "skips the first item",
    binding: streaming(async function* (items) {
      for await (const item of items) if (item.kind === "message" && item.body !== "token-0") yield item;
    }),
    fails: ["streams in order and ends", "lets go of a stream that its reader leaves"],
  },
  {
    flaw: "ends a stream quietly when it fails",
    binding: streaming(async function* (items) {
      try {
        yield* items;
      } catch (error) {
        if (!["unknown-agent", "agent"].includes((error as Failure).kind)) throw error;
      }
    }),
    fails: ["reports an unknown agent of a stream", "reports an agent's own failure in a stream"],
  },
];

function blockedByLeaving(session: Session): Partial<Session> {
  let left = false;
  return {
    call: (operation, signal) => (left ? forever : session.call(operation, signal)),
    async *stream(operation, signal) {
      let ended = false;
      try {
        yield* session.stream(operation, signal);
        ended = true;
      } catch (error) {
        ended = true;
        throw error;
      } finally {
        left = !ended;
      }
    },
  };
}

function swapped(body: string): string {
  return body === "token-1" ? "token-2" : body === "token-2" ? "token-1" : body;
}
