import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { grpcCode } from "@apb/protocols/grpc";
import { drained } from "./drained.ts";
import { MessageReader, messagesOf } from "./grpc-framing.ts";
import type { HeldBytes } from "./grpc-held.ts";
import { bytesOf, type GrpcMetadata, textOf, toHeaders } from "./grpc-metadata.ts";
import { encodeMessage, GrpcError, type GrpcStatus, statusOf } from "./grpc-status.ts";
import { deadlineTimer } from "./grpc-timeout.ts";

/** One method: takes the bytes of the request's message, gives frames (messages with their prefix). A GrpcError thrown is the call's status. */
export type GrpcMethod =
  | { readonly kind: "unary"; answer(message: Buffer, call: GrpcCall): Buffer | Promise<Buffer> }
  | { readonly kind: "stream"; answer(message: Buffer, call: GrpcCall): AsyncIterable<Buffer> }
  | DuplexMethod;

/** Takes messages as they come; leaving them unread is what slows the client down. */
export interface DuplexMethod {
  readonly kind: "duplex";
  answer(messages: AsyncIterable<Buffer>, call: GrpcCall): AsyncIterable<Buffer>;
}

/** What a listener keeps of all its calls. */
export interface CallsUnderWay {
  /** Those whose request has not been read; a duplex request may take its time. */
  readonly unread: Set<Call>;
  readonly held: HeldBytes;
}

/** What a method can know of its call, and do with it beside answering. */
export interface GrpcCall {
  /** Aborted when the client cancels or goes away, at the deadline, and when the listener closes a stream. */
  readonly signal: AbortSignal;
  /** A text entry of the request's metadata. */
  metadata(name: string): string | undefined;
  /** The entries of one `-bin` name of the request's metadata. */
  binary(name: string): readonly Buffer[];
  /** Adds metadata to go before the first message. Without effect after it. */
  addHeaders(metadata: GrpcMetadata): void;
  /** Adds metadata to go with the status. */
  addTrailers(metadata: GrpcMetadata): void;
}

const ok: GrpcStatus = { code: grpcCode.ok, message: "" };
/** Of every answer that is gRPC. */
export const grpcContentType = "application/grpc+proto";
const plainHeaders = { ":status": 200, "content-type": grpcContentType };
const plainTrailers = { "grpc-status": "0" };
// gRPC has no use for a Date header, and making one costs a tenth of an echo.
const beforeTrailers = { waitForTrailers: true, sendDate: false };
const trailersOnly = { endStream: true, sendDate: false };

/** A call on one HTTP/2 stream, from its headers to its status. The method runs once the request has ended, a duplex one at once. */
export class Call implements GrpcCall {
  private readonly stream: ServerHttp2Stream;
  private readonly headers: IncomingHttpHeaders;
  private readonly reader: MessageReader;
  private controller: AbortController | null = null;
  private deadline: NodeJS.Timeout | null = null;
  private ownHeaders: GrpcMetadata | null = null;
  private ownTrailers: GrpcMetadata | null = null;
  /** Set once, when the outcome is known; after it nothing but the status is sent. */
  private status: GrpcStatus | null = null;
  private readonly underWay: CallsUnderWay;
  private inPieces = false;

  /** Keeps itself and its bytes among the calls under way. */
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, method: GrpcMethod, underWay: CallsUnderWay) {
    const encoding = textOf(headers, "grpc-encoding") ?? "identity";
    this.underWay = underWay;
    this.stream = stream;
    this.headers = headers;
    this.reader = new MessageReader(encoding);
    // A reset by the client is an error and a close; without a listener the error would end the process.
    stream.on("error", ignore);
    if (method.kind === "duplex") {
      this.watch();
      // Comes before the close, and ends the messages with an error that is the client's doing and no defect.
      stream.on("aborted", () => this.settle({ code: grpcCode.cancelled, message: "" }));
      const messages = messagesOf(stream, encoding, (bytes) => this.hold(bytes));
      void this.send(method.answer(messages, this));
    } else {
      underWay.unread.add(this);
      underWay.held.note(stream, 0);
      stream.on("data", (data: Buffer) => this.receive(data));
      stream.on("end", () => this.received(method));
    }
    const timeout = textOf(headers, "grpc-timeout");
    if (timeout !== undefined) this.startDeadline(timeout);
  }

  /** Made when first asked for: most calls are over before anybody could cancel them. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.status !== null) this.controller.abort();
    return this.controller.signal;
  }

  /** Whether nobody is there any more to be answered. */
  get hasClosed(): boolean {
    return this.stream.destroyed;
  }

  metadata(name: string): string | undefined {
    return textOf(this.headers, name);
  }

  binary(name: string): readonly Buffer[] {
    return bytesOf(this.headers, name);
  }

  addHeaders(metadata: GrpcMetadata): void {
    this.ownHeaders = { ...this.ownHeaders, ...metadata };
  }

  addTrailers(metadata: GrpcMetadata): void {
    this.ownTrailers = { ...this.ownTrailers, ...metadata };
  }

  /** Ends the call with this status, and a last frame before it, unless it has ended; a stream stops where it is. */
  end(status: GrpcStatus, last?: Buffer): void {
    if (!this.settle(status) || this.stream.destroyed || this.stream.closed) return;
    if (last !== undefined || this.stream.headersSent || status.code === grpcCode.ok) {
      this.begin();
      this.stream.end(last);
      this.underWay.held.note(this.stream, last?.length ?? 0);
      return;
    }
    const headers = { ...plainHeaders, ...toHeaders(this.ownHeaders ?? {}), ...this.trailers() };
    this.stream.respond(headers, trailersOnly);
    // The rest of a request that is already answered is not wanted (RFC 9113 §8.1).
    if (!this.stream.readableEnded) this.stream.close(constants.NGHTTP2_NO_ERROR);
  }

  private holdPiece(): void {
    if (!this.inPieces) this.stream.on("close", () => this.underWay.unread.delete(this));
    this.inPieces = true;
    this.hold(this.reader.heldBytes);
  }

  private hold(bytes: number): void {
    if (bytes === 0) this.underWay.held.drop(this.stream);
    else this.underWay.held.hold(this.stream, bytes);
  }

  /** Notices when the client cancels or goes away. A call that is answered at once needs no watching. */
  private watch(): void {
    this.stream.on("close", () => this.settle({ code: grpcCode.cancelled, message: "" }));
  }

  private startDeadline(timeout: string): void {
    try {
      this.watch();
      const exceeded = { code: grpcCode.deadlineExceeded, message: `the deadline of ${timeout} has passed` };
      this.deadline = deadlineTimer(timeout, () => this.end(exceeded));
    } catch (error) {
      this.fail(error);
    }
  }

  private receive(data: Buffer): void {
    if (this.status !== null) return;
    try {
      this.reader.push(data);
      // Most requests come in one piece, which is read at once.
      if (!this.reader.isWhole) this.holdPiece();
    } catch (error) {
      this.fail(error);
    }
  }

  private received(method: Exclude<GrpcMethod, DuplexMethod>): void {
    this.underWay.unread.delete(this);
    this.underWay.held.drop(this.stream);
    if (this.status !== null) return;
    try {
      const message = this.reader.end();
      if (method.kind === "stream") {
        this.watch();
        void this.send(method.answer(message, this));
        return;
      }
      const answer = method.answer(message, this);
      if (answer instanceof Promise) {
        this.watch();
        answer.then(
          (frame) => this.end(ok, frame),
          (error) => this.fail(error),
        );
      } else this.end(ok, answer);
    } catch (error) {
      this.fail(error);
    }
  }

  private async send(frames: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const frame of frames) {
        if (this.status !== null || this.stream.closed) return;
        this.begin();
        if (this.stream.write(frame)) continue;
        this.hold(this.stream.writableLength);
        await drained(this.stream);
        this.hold(0);
      }
      this.end(ok);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.status === null && !(error instanceof GrpcError))
      process.stderr.write(`${this.headers[":path"]}: ${error instanceof Error ? error.stack : error}\n`);
    this.end(statusOf(error));
  }

  /** True for the first outcome only. */
  private settle(status: GrpcStatus): boolean {
    if (this.deadline !== null) clearTimeout(this.deadline);
    if (this.status !== null) return false;
    this.status = status;
    if (status.code !== grpcCode.ok) this.controller?.abort();
    return true;
  }

  private begin(): void {
    if (this.stream.headersSent) return;
    this.stream.on("wantTrailers", () => this.stream.sendTrailers(this.trailers()));
    const headers = this.ownHeaders === null ? plainHeaders : { ...plainHeaders, ...toHeaders(this.ownHeaders) };
    this.stream.respond(headers, beforeTrailers);
  }

  private trailers(): Record<string, string> {
    const { code, message, trailers } = this.status ?? ok;
    if (code === grpcCode.ok && this.ownTrailers === null) return plainTrailers;
    const own = toHeaders({ ...this.ownTrailers, ...trailers });
    return {
      "grpc-status": String(code),
      ...(message === "" ? {} : { "grpc-message": encodeMessage(message) }),
      ...own,
    };
  }
}

function ignore(): void {}
