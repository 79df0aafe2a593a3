import type { Socket } from "node:net";
import { asFailure, Failure } from "@apb/core/failure";
import { classify } from "./failures.ts";
import type { Exchange, Hold } from "./http-exchange.ts";
import { ReplyParser } from "./http-parser.ts";
import type { RequestWriter } from "./http-request.ts";
import { phaseTime, readTime, tellPhases } from "./phases.ts";
import { openSocket } from "./socket.ts";

/** Is told whenever an exchange is over. */
export interface LineOwner {
  freed(): void;
}

/**
 * One socket, and the exchange that has it for itself. A failure of the socket fails the exchange, and an exchange that is
 * given up closes the socket.
 */
export class HttpLine implements Hold {
  /** The exchange under way. */
  exchange: Exchange | null = null;
  /** What the server did wrong while nothing was asked of it; nobody has been told. */
  blame: Failure | null = null;
  private readonly parser = new ReplyParser();
  private readonly owner: LineOwner;
  private socket: Socket | null = null;
  private paused = false;
  /** Of the exchange under way: how long it waited for its turn, when its request was handed to the socket, and when the first byte of its reply came. */
  private blockedMs = Number.NaN;
  private sentAt = Number.NaN;
  private firstAt = Number.NaN;

  private constructor(owner: LineOwner) {
    this.owner = owner;
  }

  /** Opens a socket; throws as it does. */
  static async open(url: URL, signal: AbortSignal, owner: LineOwner): Promise<{ line: HttpLine; socket: Socket }> {
    const line = new HttpLine(owner);
    const socket = await openSocket(url, signal, (buffer, bytes) => line.read(buffer, bytes));
    // Bytes that nobody asked for may have come with the connection.
    if (line.blame !== null) socket.destroy();
    line.socket = socket;
    // `on`, not `once`, though each comes once: `once` keeps a wrapper function and its state for each, on every connection.
    socket.on("end", () => line.ended());
    socket.on("close", () => line.ended());
    return { line, socket };
  }

  /** Whether a request can be sent now. */
  get usable(): boolean {
    return this.socket?.writable === true;
  }

  /** Sends the request. One that cannot be sent fails, and the line is as it was. */
  begin(exchange: Exchange, writer: RequestWriter): void {
    this.blockedMs = phaseTime() - exchange.askedAt;
    try {
      writer.write(this.socket as Socket, exchange.takeRequest());
    } catch (error) {
      exchange.fail(asFailure(error));
      return;
    }
    this.sentAt = phaseTime();
    this.firstAt = Number.NaN;
    this.exchange = exchange;
    this.parser.begin(exchange);
    exchange.begin(this);
  }

  pause(): void {
    this.paused = true;
    this.socket?.pause();
  }

  resume(): void {
    this.paused = false;
    this.socket?.resume();
  }

  leave(): void {
    this.socket?.destroy();
    this.over();
  }

  /** Ends the socket, and fails the exchange. */
  end(failure: Failure): void {
    this.socket?.destroy();
    this.exchange?.fail(failure);
    this.over();
  }

  private over(): void {
    if (this.exchange === null) return;
    this.exchange = null;
    this.owner.freed();
  }

  private read(buffer: Buffer, bytes: number): void {
    if (this.blame !== null || this.socket?.destroyed === true) return;
    if (Number.isNaN(this.firstAt)) this.firstAt = readTime();
    try {
      if (this.parser.read(buffer, bytes)) this.complete();
    } catch (error) {
      const failure = classify(error);
      if (this.exchange === null) this.blame = failure;
      this.end(failure);
    }
  }

  private complete(): void {
    if (this.exchange !== null) tellPhases(this.blockedMs, this.sentAt, this.firstAt);
    try {
      this.exchange?.end();
    } catch (error) {
      // A body can be longer than any text may be.
      this.end(classify(error));
      return;
    }
    if (!this.parser.persistent) this.socket?.destroy();
    else if (this.paused) this.resume();
    this.over();
  }

  private ended(): void {
    const error = this.socket?.errored ?? null;
    this.socket?.destroy();
    if (error === null && this.parser.end()) this.complete();
    else this.end(error === null ? new Failure("closed", endedEarly) : classify(error));
  }
}

const endedEarly = "expected a whole reply, got the end of the connection";
