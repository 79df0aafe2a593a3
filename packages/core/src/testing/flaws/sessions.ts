import type { Binding, ConnectOptions, Session } from "../../binding.ts";
import { checks } from "../../checks.ts";
import type { Failure } from "../../failure.ts";
import { fakeBinding } from "../fakes.ts";
import { type Flaw, flawed, forever, streaming, thrown, unabortable } from "./flaw.ts";

/** What can be wrong with aborting, closing and counting. */
export const sessionFlaws: readonly Flaw[] = [
  {
    flaw: "connects although aborted",
    binding: connecting((connect) => connect(unabortable)),
    fails: ["opens no session once aborted"],
  },
  {
    flaw: "hangs when aborted before connecting",
    binding: connecting((connect, signal) => (signal.aborted ? forever : connect(signal))),
    fails: ["opens no session once aborted"],
    hangs: "all",
  },
  {
    flaw: "makes a call that was aborted before",
    binding: flawed((session) => ({
      call: (operation, signal) => session.call(operation, signal.aborted ? unabortable : signal),
    })),
    fails: ["refuses a call that was aborted before it began"],
  },
  {
    flaw: "does not listen for the end of a call",
    binding: flawed((session) => ({
      call: (operation, signal) => session.call(operation, signal.aborted ? signal : unabortable),
    })),
    fails: ["ends a call that is aborted, and only that one"],
    hangs: "all",
  },
  {
    flaw: "does not listen for the end of a stream",
    binding: flawed((session) => ({ stream: (operation) => session.stream(operation, unabortable) })),
    fails: ["ends a stream that is aborted, and only that one"],
  },
  {
    flaw: "ends an aborted stream as if it were complete",
    binding: streaming(async function* (items) {
      try {
        yield* items;
      } catch (error) {
        if ((error as Failure).kind !== "aborted") throw error;
      }
    }),
    fails: ["ends a stream that is aborted, and only that one"],
  },
  {
    flaw: "closes the session with an aborted call or stream",
    binding: flawed((session) => ({
      call(operation, signal) {
        signal.addEventListener("abort", () => void session[Symbol.asyncDispose]());
        return session.call(operation, signal);
      },
      stream(operation, signal) {
        signal.addEventListener("abort", () => void session[Symbol.asyncDispose]());
        return session.stream(operation, signal);
      },
    })),
    fails: ["ends a call that is aborted, and only that one", "ends a stream that is aborted, and only that one"],
  },
  {
    flaw: "rejects an aborted call with the platform's own error",
    binding: flawed((session) => ({
      call: (operation, signal) =>
        session.call(operation, signal).catch((error: Failure) => {
          throw error.kind === "aborted" ? new DOMException("aborted", "AbortError") : error;
        }),
    })),
    fails: ["refuses a call that was aborted before it began", "ends a call that is aborted, and only that one"],
  },
  {
    flaw: "connects with its first call",
    binding: flawed(({ wire }) => ({ wire: Object.assign(Object.create(wire), { connections: 0 }) })),
    fails: ["has opened one connection before its first call"],
  },
  {
    flaw: "has counters that stand still",
    binding: flawed(() => ({ wire: { sentBytes: 0, receivedBytes: 0, connections: 1 } })),
    fails: ["counts its own bytes on the wire"],
  },
  {
    flaw: "counts what it sends only",
    binding: flawed((session) => ({
      wire: {
        connections: 1,
        receivedBytes: 0,
        get sentBytes() {
          return session.wire.sentBytes;
        },
      },
    })),
    fails: ["counts its own bytes on the wire"],
  },
  {
    flaw: "counts bytes as bits",
    binding: flawed((session) => ({
      wire: {
        connections: 1,
        get sentBytes() {
          return session.wire.sentBytes * 8;
        },
        get receivedBytes() {
          return session.wire.receivedBytes * 8;
        },
      },
    })),
    fails: ["counts its own bytes on the wire"],
  },
  {
    flaw: "counts for all sessions together",
    binding: countingTogether(),
    fails: ["counts its own bytes on the wire"],
  },
  {
    flaw: "stays usable after closing",
    binding: flawed(() => ({ [Symbol.asyncDispose]: async () => undefined })),
    fails: [
      "fails calls on a closed session",
      "ends a call under way when the session closes",
      "ends a stream under way when the session closes",
    ],
    hangs: ["ends a call under way when the session closes"],
  },
  {
    flaw: "cannot be closed twice",
    binding: flawed((session) => {
      let closed = false;
      return {
        async [Symbol.asyncDispose]() {
          if (closed) thrown("closed");
          closed = true;
          await session[Symbol.asyncDispose]();
        },
      };
    }),
    fails: [
      "fails calls on a closed session",
      "ends a call under way when the session closes",
      "ends a stream under way when the session closes",
    ],
  },
  {
    flaw: "leaves what is under way hanging when it closes",
    binding: flawed((session) => ({
      call: (operation, signal) =>
        session.call(operation, signal).catch((error: Failure) => {
          if (error.kind === "closed" && operation.kind === "send" && operation.agent === "tokens") return forever;
          throw error;
        }),
      async *stream(operation, signal) {
        try {
          yield* session.stream(operation, signal);
        } catch (error) {
          if ((error as Failure).kind === "closed") await forever;
          throw error;
        }
      },
    })),
    fails: ["ends a call under way when the session closes", "ends a stream under way when the session closes"],
    hangs: "all",
  },
  {
    flaw: "never finishes closing",
    binding: flawed(() => ({ [Symbol.asyncDispose]: () => forever })),
    fails: checks.map((check) => check.name).filter((name) => name !== "opens no session once aborted"),
    hangs: "all",
  },
];

function connecting(
  change: (connect: (signal: AbortSignal) => Promise<Session>, signal: AbortSignal) => Promise<Session>,
): Binding {
  const sound = fakeBinding();
  return {
    ...sound,
    connect: (url, options: ConnectOptions) =>
      change((signal) => sound.connect(url, { ...options, signal }), options.signal),
  };
}

function countingTogether(): Binding {
  const sessions: Session[] = [];
  const sum = (way: "sentBytes" | "receivedBytes"): number => sessions.reduce((all, { wire }) => all + wire[way], 0);
  return flawed((session) => {
    sessions.push(session);
    return {
      wire: {
        connections: 1,
        get sentBytes() {
          return sum("sentBytes");
        },
        get receivedBytes() {
          return sum("receivedBytes");
        },
      },
    };
  });
}
