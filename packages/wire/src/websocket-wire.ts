import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { classify } from "./failures.ts";
import { HeadReader, type ReplyHead } from "./http-head.ts";
import { waitingBytes } from "./limits.ts";
import { openSocket, WireCounter } from "./socket.ts";
import type { WebSocketConnection, WebSocketEvents } from "./websocket-connection.ts";
import { closeCodes, FrameReader, type FrameSink, opcodes } from "./websocket-frames.ts";
import { type Handshake, handshake } from "./websocket-handshake.ts";
import { writeFrame, writeMessage } from "./websocket-writing.ts";

/** A peer that does not take part in closing must not hold us up. */
const closingMs = 1000;

/** WebSocket on a socket of our own: no extensions, every deviation from RFC 6455 a failure, one write for each message. */
export async function connectWebSocketWire(
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
): Promise<WebSocketConnection> {
  if (signal.aborted) throw abortFailure(signal);
  const socket = new WireWebSocket(handshake(url, subprotocol, headers), events, maxReplyBytes);
  await socket.open(url, signal);
  return socket;
}

/** What is needed of a connection only until it is open. */
interface Opening {
  readonly handshake: Handshake;
  readonly head: HeadReader;
  resolve: () => void;
  reject: (failure: Failure) => void;
}

class WireWebSocket implements WebSocketConnection, FrameSink {
  readonly wire = new WireCounter();
  private readonly events: WebSocketEvents;
  private readonly frames: FrameReader;
  private socket: Socket | null = null;
  private stage: "handshake" | "open" | "closing" = "handshake";
  private opening: Opening | null;
  /** Bytes of answers to pings that wait for the server to read. */
  private waitingBytes = 0;
  /** Why the connection ends, from when that is known. */
  private cause: Failure | null = null;

  constructor(offered: Handshake, events: WebSocketEvents, maxReplyBytes: number) {
    const notYet = (): void => undefined;
    this.opening = { handshake: offered, head: new HeadReader(), resolve: notYet, reject: notYet };
    this.events = events;
    this.frames = new FrameReader(this, maxReplyBytes);
  }

  async open(url: URL, signal: AbortSignal): Promise<void> {
    const opening = this.opening as Opening;
    const socket = await openSocket(url, signal, (buffer, bytes) => this.read(buffer, bytes));
    this.socket = socket;
    this.wire.add(socket);
    const abort = (): void => this.break(abortFailure(signal));
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      await new Promise<void>((resolve, reject) => {
        opening.resolve = resolve;
        opening.reject = reject;
        socket.on("close", () => this.lost(socket));
        if (this.cause !== null) socket.destroy();
        else socket.write(opening.handshake.request, "latin1");
      });
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  get unsent(): number {
    return this.socket?.writableLength ?? 0;
  }

  send(data: string | Uint8Array): void {
    if (this.stage !== "open" || this.socket?.writable !== true)
      throw this.cause ?? new Failure("closed", "the session is closed");
    writeMessage(this.socket, data);
  }

  pause(): void {
    if (this.stage === "open") this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { socket } = this;
    if (socket === null || socket.closed) return;
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    this.startClosing(closeCodes.normal);
    await ended;
  }

  message(data: string | Uint8Array): void {
    if (this.stage === "open") this.events.message(data);
  }

  ping(payload: Buffer): void {
    const { socket } = this;
    if (this.stage !== "open" || socket?.writable !== true) return;
    try {
      this.waitingBytes = waitingBytes(this.waitingBytes, payload.length, socket.writableLength);
      writeFrame(socket, opcodes.pong, payload);
    } catch (error) {
      // A server that does not read would not read either why we go.
      this.cause ??= classify(error);
      this.frames.stop();
      socket.destroy();
    }
  }

  close(code: number, reason: string): void {
    this.cause ??= new Failure("closed", `the WebSocket ended with code ${code} ${reason}`.trim());
    this.startClosing(code);
  }

  private read(buffer: Buffer, bytes: number): void {
    if (this.socket?.destroyed === true) return;
    try {
      if (this.opening !== null) this.readHandshake(this.opening, buffer, bytes);
      else this.frames.read(buffer, 0, bytes);
    } catch (error) {
      this.break(classify(error));
    }
  }

  private readHandshake(opening: Opening, buffer: Buffer, bytes: number): void {
    const reader = opening.head;
    let at = 0;
    do {
      at = reader.read(buffer, at, bytes);
      if (at === -1) return;
    } while (isInterim(reader.head as ReplyHead) && at < bytes);
    const head = reader.head as ReplyHead;
    if (isInterim(head)) return;
    opening.handshake.expectAgreement(head);
    this.stage = "open";
    this.opening = null;
    opening.resolve();
    if (at === bytes) return;
    // Frames came with the handshake's reply: given in the next turn, after `resolve` has reached whoever opened it.
    this.frames.keep(buffer, at, bytes);
    setImmediate(() => this.read(buffer, 0));
  }

  /** Begins the closing handshake (https://www.rfc-editor.org/rfc/rfc6455#section-7), in which the server ends the connection. */
  private startClosing(code: number): void {
    const { socket } = this;
    if (this.stage === "closing" || socket === null) return;
    this.stage = "closing";
    socket.resume();
    if (socket.writable) writeFrame(socket, opcodes.close, code === closeCodes.noStatus ? nothing : codeBytes(code));
    const late = setTimeout(() => socket.destroy(), closingMs);
    socket.once("close", () => clearTimeout(late));
  }

  private break(failure: Failure): void {
    this.cause ??= failure;
    if (this.stage === "handshake") {
      this.socket?.destroy();
      return;
    }
    this.frames.stop();
    this.startClosing(this.frames.violation);
    this.socket?.destroySoon();
  }

  private lost(socket: Socket): void {
    const { errored } = socket;
    if (this.stage === "handshake") {
      // Ended before it was open: `refused`, not `closed`.
      const message = errored?.message ?? "expected a WebSocket upgrade, got the end of the connection";
      this.opening?.reject(this.cause ?? new Failure("refused", message, { cause: errored }));
      return;
    }
    this.stage = "closing";
    const unsaid = new Failure("closed", `the WebSocket ended with code ${closeCodes.abnormal}`);
    this.cause ??= errored === null ? unsaid : classify(errored);
    this.events.closed(this.cause);
  }
}

const nothing = Buffer.alloc(0);

function codeBytes(code: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return bytes;
}

function isInterim({ status }: ReplyHead): boolean {
  return status < 200 && status !== 101;
}
