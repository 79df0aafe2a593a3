import { once } from "node:events";
import type { Socket } from "node:net";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import type { GrpcConnection, Metadata } from "./grpc.ts";
import type { GrpcCall } from "./grpc-call.ts";
import { CallGroups } from "./grpc-call-groups.ts";
import { type GrpcHead, readGrpcHead } from "./grpc-head.ts";
import { RequestHeads } from "./grpc-request.ts";
import { StreamingCall } from "./grpc-streaming.ts";
import { UnaryCall } from "./grpc-unary.ts";
import { connectHttp2 } from "./h2-connect.ts";
import type { Http2Connection } from "./h2-connection.ts";
import { WireCounter } from "./socket.ts";

/**
 * gRPC on a socket of our own: no retries, no time-outs but the caller's signal. Calls after the end of a connection, or
 * after the server's goodbye, share a new one.
 */
export async function connectGrpcWire(url: URL, signal: AbortSignal): Promise<GrpcConnection> {
  const connected = new GrpcWire(url);
  await connected.open(signal);
  return connected;
}

class GrpcWire implements GrpcConnection {
  readonly wire = new WireCounter();
  private readonly url: URL;
  private readonly requests: RequestHeads;
  private readonly groups = new CallGroups<GrpcCall>();
  private readonly closing = new AbortController();
  private connection: Http2Connection<GrpcHead> | null = null;
  /** Every connection whose socket is not closed: after a goodbye its last calls go on. */
  private readonly connections = new Map<Socket, Http2Connection<GrpcHead>>();
  /** Calls for the connection that is being opened. */
  private waiting: GrpcCall[] | null = null;
  private readonly begin = (call: GrpcCall): void => {
    call.group = this.groups.join(call);
    if (call.signal.aborted) call.fail(abortFailure(call.signal));
    else if (this.connection?.isOpen) call.open(this.connection);
    else if (this.closing.signal.aborted) call.fail(abortFailure(this.closing.signal));
    else if (this.waiting !== null) this.waiting.push(call);
    else this.openAgain(call);
  };

  constructor(url: URL) {
    this.url = url;
    this.requests = new RequestHeads(url);
  }

  unary(path: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.begin(new UnaryCall(this.requests.of(path, metadata), message, signal, resolve, reject));
    });
  }

  serverStream(path: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return new StreamingCall(this.requests.of(path, metadata), message, signal, this.begin);
  }

  async open(signal: AbortSignal): Promise<Http2Connection<GrpcHead>> {
    const { connection, socket } = await connectHttp2(this.url, signal, readGrpcHead);
    this.wire.add(socket);
    this.connections.set(socket, connection);
    socket.once("close", () => this.connections.delete(socket));
    this.connection = connection;
    if (this.closing.signal.aborted) connection.close(abortFailure(this.closing.signal));
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failure = new Failure("closed", "the session is closed");
    this.closing.abort(failure);
    for (const connection of this.connections.values()) connection.close(failure);
    this.groups.leave();
    await Promise.all([...this.connections.keys()].map((socket) => once(socket, "close")));
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
