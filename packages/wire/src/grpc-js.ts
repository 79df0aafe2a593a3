import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { accessHeaders } from "@apb/core/url";
import {
  type Call,
  type ChannelCredentials,
  Client,
  connectivityState,
  credentials,
  Metadata as GrpcMetadata,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Arriving } from "./arriving.ts";
import type { DuplexCall, DuplexEvents, GrpcConnection, Metadata } from "./grpc-connection.ts";
import { failureOf } from "./grpc-js-failure.ts";
import { endedByServer } from "./grpc-status.ts";
import { ReadClock } from "./read-clock.ts";
import { openSocket, WireCounter } from "./socket.ts";

/** One connection of its own, no retries, no proxy, no limit to the size of what we send. */
const channelOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.max_send_message_length": -1,
};

/** A server that does not take part in closing a connection holds us up no longer than this. */
const closingMs = 1000;

/** A call that lasts ends with its connection, and by nothing else. */
const unabortable = new AbortController().signal;

/** What the calls on one connection share. */
interface Peer {
  readonly client: Client;
  /** Metadata of every call beside its own. */
  readonly access: Headers;
  /** Calls under way. */
  readonly calls: Set<Call>;
  readonly maxReplyBytes: number;
  readonly wire: WireCounter;
  open: boolean;
}

/** gRPC by @grpc/grpc-js, which connects again by itself when a connection is lost; every socket is counted. */
export async function connectGrpcJs(
  url: URL,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
): Promise<GrpcConnection> {
  if (signal.aborted) throw abortFailure(signal);
  const wire = new WireCounter();
  const sockets: Socket[] = [];
  const secure = url.protocol === "https:";
  const channel = announcing(secure ? credentials.createSsl() : credentials.createInsecure(), (socket) => {
    wire.add(socket);
    sockets.push(socket);
    // grpc-js forgets a socket that is connected after the client was closed.
    if (!peer.open) socket.destroy();
  });
  const client = new Client(`${url.hostname}:${url.port || (secure ? "443" : "80")}`, channel, {
    ...channelOptions,
    "grpc.max_receive_message_length": maxReplyBytes,
  });
  const peer: Peer = {
    client,
    access: accessHeaders(url, headers),
    calls: new Set(),
    maxReplyBytes,
    wire,
    open: true,
  };
  try {
    await ready(client, signal);
  } catch (error) {
    close(peer);
    for (const socket of sockets) socket.destroy();
    // grpc-js does not tell why no connection could be opened; a plain socket finds it out.
    if (!signal.aborted && sockets.length === 0) (await openSocket(url, signal)).destroy();
    throw error;
  }
  return {
    wire,
    ask: (path, message, metadata, callSignal, read) => ask(peer, path, message, metadata, callSignal).then(read),
    serverStream: (path, message, metadata, callSignal) =>
      new ServerStream((stream) => messagesOf(stream, peer, path, message, metadata, callSignal)),
    duplex: (path, metadata, events) => duplex(peer, path, metadata, events),
    async [Symbol.asyncDispose](): Promise<void> {
      close(peer);
      await Promise.all(sockets.map(ended));
    },
  };
}

function close(peer: Peer): void {
  peer.open = false;
  for (const call of peer.calls) call.cancel();
  peer.client.close();
}

/**
 * Credentials that show every socket made with them: grpc-js hands each new one to its credentials, and to nobody else
 * out here. (Watching all sockets of the process and telling them apart by AsyncLocalStorage doubles the cost of every
 * promise in it.)
 */
function announcing(channel: ChannelCredentials, announce: (socket: Socket) => void): ChannelCredentials {
  const create = channel._createSecureConnector.bind(channel);
  channel._createSecureConnector = (...given) => {
    const connector = create(...given);
    const connect = connector.connect.bind(connector);
    connector.connect = (socket) => {
      announce(socket);
      return connect(socket);
    };
    return connector;
  };
  return channel;
}

function ready(client: Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const channel = client.getChannel();
    const finish = (failure?: Failure): void => {
      signal.removeEventListener("abort", abort);
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const abort = (): void => finish(abortFailure(signal));
    const look = (): void => {
      if (signal.aborted) return;
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) finish();
      else if (state === connectivityState.TRANSIENT_FAILURE)
        finish(new Failure("protocol", "expected a server that speaks HTTP/2, but the connection came to nothing"));
      else channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => (error ? undefined : look()));
    };
    signal.addEventListener("abort", abort, { once: true });
    look();
  });
}

/** Resolves when the socket has closed; it is destroyed if the server has not closed it after `closingMs`. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    const late = setTimeout(() => socket.destroy(), closingMs);
    socket.once("close", () => {
      clearTimeout(late);
      resolve();
    });
  });
}

function ask(
  peer: Peer,
  path: string,
  message: Uint8Array,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    expectOpen(peer, signal);
    const call = peer.client.makeUnaryRequest(
      path,
      asIs,
      asIs,
      asBuffer(message),
      entries(peer, metadata),
      (error, reply) => {
        settled();
        if (error !== null) reject(failureOf(error, peer, signal));
        else if (reply === undefined)
          reject(new Failure("protocol", "expected one message, got status OK without one"));
        else resolve(reply);
      },
    );
    const settled = begin(peer, call, signal);
  });
}

/** A call answered by a sequence of messages; begun when the first of them is asked for. */
class ServerStream implements Arriving<Uint8Array> {
  arrivedMs = Number.NaN;
  /** Of messages that were not taken yet: grpc-js has each decoded when it has come, and lets some wait. */
  readonly stamps: number[] = [];
  private readonly messages: () => AsyncGenerator<Uint8Array>;

  constructor(messages: (stream: ServerStream) => AsyncGenerator<Uint8Array>) {
    this.messages = () => messages(this);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    return this.messages();
  }
}

async function* messagesOf(
  stream: ServerStream,
  peer: Peer,
  path: string,
  message: Uint8Array,
  metadata: Metadata,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  expectOpen(peer, signal);
  const { stamps } = stream;
  const clock = new ReadClock(peer.wire);
  const stamped = (came: Buffer): Buffer => {
    stamps.push(clock.now());
    return came;
  };
  const call = peer.client.makeServerStreamRequest(path, asIs, stamped, asBuffer(message), entries(peer, metadata));
  // After the loop is left nothing listens for errors, and an error event without a listener would end the process.
  call.on("error", () => undefined);
  const settled = begin(peer, call, signal);
  try {
    for await (const reply of call) {
      stream.arrivedMs = stamps.shift() ?? clock.now();
      yield reply as Buffer;
    }
    stream.arrivedMs = clock.now();
  } catch (error) {
    throw failureOf(error as ServiceError, peer, signal);
  } finally {
    settled();
    call.cancel();
  }
}

function duplex(peer: Peer, path: string, metadata: Metadata, events: DuplexEvents): DuplexCall {
  expectOpen(peer, unabortable);
  const call = peer.client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, entries(peer, metadata));
  let ended: Failure | null = null;
  const end = (failure: Failure): void => {
    if (ended !== null) return;
    ended = failure;
    peer.calls.delete(call);
    events.closed(failure);
  };
  peer.calls.add(call);
  call.on("data", (message: Buffer) => events.message(message));
  call.on("error", (error: ServiceError) => end(failureOf(error, peer, unabortable)));
  call.on("end", () => end(endedByServer()));
  return {
    get unsent() {
      return call.writableLength;
    },
    send(message) {
      if (ended !== null) throw ended;
      call.write(asBuffer(message));
    },
  };
}

function expectOpen({ open }: Peer, signal: AbortSignal): void {
  if (!open) throw new Failure("closed", "the session is closed");
  if (signal.aborted) throw abortFailure(signal);
}

/** Cancels the call when the signal is aborted or the connection closed. To be told when it is over. */
function begin({ calls }: Peer, call: Call, signal: AbortSignal): () => void {
  const abort = (): void => call.cancel();
  calls.add(call);
  signal.addEventListener("abort", abort, { once: true });
  return () => {
    calls.delete(call);
    signal.removeEventListener("abort", abort);
  };
}

/** Messages are encoded and decoded by the bindings; grpc-js passes them through. */
const asIs = (message: Buffer): Buffer => message;

function asBuffer(message: Uint8Array): Buffer {
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

function entries({ access: first }: Peer, metadata: Metadata): GrpcMetadata {
  const made = new GrpcMetadata();
  for (const [name, value] of Object.entries(first)) made.set(name, value);
  for (const [name, value] of Object.entries(metadata)) made.set(name, value);
  return made;
}
