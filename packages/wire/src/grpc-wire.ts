import { once } from "node:events";
import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import type { Arriving } from "./arriving.ts";
import { CallGroups } from "./call-groups.ts";
import type { GrpcCall } from "./grpc-call.ts";
import type { DuplexCall, DuplexEvents, GrpcConnection, Metadata } from "./grpc-connection.ts";
import { DuplexStream } from "./grpc-duplex.ts";
import { type GrpcHead, readGrpcHead } from "./grpc-head.ts";
import { RequestHeads } from "./grpc-request.ts";
import { StreamingCall } from "./grpc-streaming.ts";
import { UnaryCall } from "./grpc-unary.ts";
import { connectHttp2 } from "./h2-connect.ts";
import type { Http2Connection } from "./h2-connection.ts";
import { ReadClock } from "./read-clock.ts";
import { WireCounter } from "./socket.ts";

/**
 * gRPC on a socket of our own: no retries, no time-outs but the caller's signal. Calls after the end of a connection, or
 * after the server's GOAWAY, share a new one.
 */
export async function connectGrpcWire(
  url: URL,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
): Promise<GrpcConnection> {
  const connected = new GrpcWire(url, maxReplyBytes, headers);
  await connected.open(signal);
  return connected;
}

/** A connection and what it is on. */
interface Connected {
  readonly connection: Http2Connection<GrpcHead>;
  readonly socket: Socket;
}

class GrpcWire implements GrpcConnection {
  readonly wire = new WireCounter();
  private readonly url: URL;
  private readonly maxReplyBytes: number;
  private readonly requests: RequestHeads;
  private readonly groups = new CallGroups<GrpcCall>();
  /** Made when it is first needed: a controller and its signal take 750 bytes, as much as a socket object, and 2 µs. */
  private aborting: AbortController | null = null;
  /** Why it is closed, once it is. */
  private closed: Failure | null = null;
  private connection: Http2Connection<GrpcHead> | null = null;
  /** Every connection whose socket may still be open: after a GOAWAY its last calls go on. */
  private connections: readonly Connected[] = [];
  /** Calls for the connection that is being opened. */
  private waiting: GrpcCall[] | null = null;

  constructor(url: URL, maxReplyBytes: number, headers: Headers) {
    this.url = url;
    this.maxReplyBytes = maxReplyBytes;
    this.requests = new RequestHeads(url, headers);
  }

  ask<Reply>(
    path: string,
    message: Uint8Array,
    metadata: Metadata,
    signal: AbortSignal,
    read: (reply: Uint8Array) => Reply,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = this.requests.of(path, metadata);
      this.begin(new UnaryCall(request, message, signal, this.maxReplyBytes, read, resolve, reject));
    });
  }

  serverStream(path: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): Arriving<Uint8Array> {
    const request = this.requests.of(path, metadata);
    const clock = new ReadClock(this.wire);
    return new StreamingCall(request, message, signal, this.maxReplyBytes, clock, (call) => this.begin(call));
  }

  duplex(path: string, metadata: Metadata, events: DuplexEvents): DuplexCall {
    const call = new DuplexStream(this.requests.of(path, metadata), this.closing.signal, this.maxReplyBytes, events);
    this.begin(call);
    return call;
  }

  async open(signal: AbortSignal): Promise<Http2Connection<GrpcHead>> {
    const connected = await connectHttp2(this.url, signal, readGrpcHead);
    const { connection, socket } = connected;
    this.wire.add(socket);
    this.connections = [...this.connections.filter((one) => !one.socket.closed), connected];
    this.connection = connection;
    if (this.closed !== null) connection.close(this.closed);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failure = new Failure("closed", "the session is closed");
    this.closed ??= failure;
    this.aborting?.abort(failure);
    for (const { connection } of this.connections) connection.close(failure);
    this.groups.leave();
    await Promise.all(this.connections.map(({ socket }) => (socket.closed ? null : once(socket, "close"))));
  }

  private get closing(): AbortController {
    this.aborting ??= new AbortController();
    return this.aborting;
  }

  private begin(call: GrpcCall): void {
    call.group = this.groups.join(call);
    if (call.signal.aborted) call.fail(abortFailure(call.signal));
    else if (this.connection?.isOpen) call.open(this.connection);
    else if (this.closed !== null) call.fail(this.closed);
    else if (this.waiting !== null) this.waiting.push(call);
    else this.openAgain(call);
  }

  private openAgain(first: GrpcCall): void {
    const waiting = [first];
    this.waiting = waiting;
    this.open(this.closing.signal).then(
      (connection) => {
        this.waiting = null;
        for (const call of waiting) call.open(connection);
      },
      (error) => {
        this.waiting = null;
        for (const call of waiting) call.fail(asFailure(error));
      },
    );
  }
}
