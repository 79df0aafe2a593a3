import { once } from "node:events";
import type { Socket } from "node:net";
import { type Binding, type ConnectOptions, usualMaxReplyBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { bareLengthBytes, bareLimitBytes } from "@apb/protocols/bare";
import { classify } from "@apb/wire/failures";
import { GatheredBytes } from "@apb/wire/gathered-bytes";
import { tooLarge } from "@apb/wire/limits";
import type { Channel, ChannelEvents } from "@apb/wire/multiplex";
import { openSocket, WireCounter } from "@apb/wire/socket";
import { bareBinding, inOrder } from "./bare.ts";

/** Bodies on a plain socket, @apb/protocols/bare. No library has anything to add to it: both clients are the same. */
export const bareTcp: Binding = bareBinding(
  "tcp",
  { name: "no protocol, on TCP", version: "RFC 9293", url: "https://www.rfc-editor.org/rfc/rfc9293" },
  (url, options) => inOrder((events) => connectPrefixed(url, events, options)),
);

/** Texts on a plain socket, each behind its length. Throws what {@link openSocket} throws. */
async function connectPrefixed(
  url: URL,
  events: ChannelEvents<string>,
  { signal, maxReplyBytes = usualMaxReplyBytes }: ConnectOptions,
): Promise<Channel<string>> {
  const texts = new PrefixedTexts(events, maxReplyBytes);
  await texts.open(url, signal);
  return texts;
}

class PrefixedTexts implements Channel<string> {
  readonly wire = new WireCounter();
  private readonly events: ChannelEvents<string>;
  private readonly maxReplyBytes: number;
  private readonly unfinished = new GatheredBytes();
  private socket: Socket | null = null;
  private cause: Failure | null = null;

  constructor(events: ChannelEvents<string>, maxReplyBytes: number) {
    this.events = events;
    this.maxReplyBytes = maxReplyBytes;
  }

  async open(url: URL, signal: AbortSignal): Promise<void> {
    const socket = await openSocket(url, signal, (buffer, bytes) => this.read(buffer, bytes));
    this.socket = socket;
    this.wire.add(socket);
    socket.on("close", () => this.lost(socket));
  }

  get unsent(): number {
    return this.socket?.writableLength ?? 0;
  }

  send(text: string): void {
    if (this.socket?.writable !== true) throw this.cause ?? new Failure("closed", "the session is closed");
    const size = Buffer.byteLength(text);
    const message = Buffer.allocUnsafe(bareLengthBytes + size);
    message.writeUInt32BE(size);
    message.write(text, bareLengthBytes, "utf8");
    this.socket.write(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { socket } = this;
    if (socket === null || socket.closed) return;
    socket.destroy();
    await once(socket, "close");
  }

  private read(buffer: Buffer, bytes: number): void {
    if (this.socket?.destroyed === true) return;
    try {
      const taken = this.unfinished.length === 0 ? this.take(buffer, bytes) : 0;
      if (taken === bytes) return;
      this.unfinished.add(buffer, taken, bytes);
      if (taken === 0) this.unfinished.drop(this.take(this.unfinished.bytes, this.unfinished.length));
    } catch (error) {
      this.cause = classify(error);
      this.socket?.destroy();
    }
  }

  /** Gives the whole texts at the beginning; returns how many bytes they were. */
  private take(buffer: Buffer, end: number): number {
    let at = 0;
    while (end - at >= bareLengthBytes) {
      const size = buffer.readUInt32BE(at);
      if (size > bareLimitBytes) throw new Failure("protocol", `expected the length of a body, got ${size}`);
      if (size > this.maxReplyBytes) throw tooLarge(this.maxReplyBytes);
      const after = at + bareLengthBytes + size;
      if (after > end) break;
      this.events.message(buffer.toString("utf8", at + bareLengthBytes, after));
      at = after;
    }
    return at;
  }

  private lost({ errored }: Socket): void {
    this.cause ??= errored === null ? new Failure("closed", "the connection has ended") : classify(errored);
    this.events.closed(this.cause);
  }
}
