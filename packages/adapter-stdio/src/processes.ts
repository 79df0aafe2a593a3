import type { McpMessages, sessionFraming, statelessFraming } from "@apb/adapter-websocket/mcp-messages";
import type { ConnectOptions, MostSessions, Reply, Session, UnaryOf } from "@apb/core/binding";
import type { Offered } from "@apb/core/offer";
import { Multiplex } from "@apb/wire/multiplex";
import { connectStdio, type StdioChannel } from "@apb/wire/stdio";

/** What these bindings have. */
export type Kind = "discover" | "send" | "stream";

/** Node takes half a second of CPU to start a server and 50 to 100 MiB to keep it: more would fill this machine before they are all there. */
export const mostProcesses: MostSessions = {
  count: 100,
  perSecond: 2,
  reason: "each is a process of the server's, which takes 50 MiB and more to keep, so 100 are the most",
};

/** How a revision begins on a channel, and what it makes of operations. */
export interface Revision {
  readonly framing: typeof statelessFraming | typeof sessionFraming;
  /** The server is there when this resolves. Throws what the server reports. */
  begin(messages: McpMessages, channel: StdioChannel, signal: AbortSignal): Promise<void>;
  call(messages: McpMessages, operation: UnaryOf<Kind>, signal: AbortSignal): Promise<Reply>;
  stream(messages: McpMessages, ...asked: Parameters<Session["stream"]>): AsyncIterable<Reply>;
}

/**
 * Starts a server for one session. No library has anything to add to two pipes of Node's: both clients are the same.
 */
export async function startSession(
  url: string,
  { signal, maxReplyBytes }: ConnectOptions,
  { framing, begin, call, stream }: Revision,
): Promise<Offered<Kind>> {
  let channel: StdioChannel | undefined;
  const messages = await Multiplex.open(
    async (events) => {
      channel = await connectStdio(url, events, signal, maxReplyBytes);
      return channel;
    },
    framing,
    maxReplyBytes,
  );
  const opened = channel as unknown as StdioChannel;
  try {
    await begin(messages, opened, signal);
  } catch (error) {
    await messages[Symbol.asyncDispose]();
    throw error;
  }
  return {
    wire: messages.wire,
    pid: opened.pid,
    call: (operation, callSignal) => call(messages, operation, callSignal),
    stream: (operation, streamSignal) => stream(messages, operation, streamSignal),
    [Symbol.asyncDispose]: () => messages[Symbol.asyncDispose](),
  };
}
