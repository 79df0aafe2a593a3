import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { abortFailure, Failure } from "@apb/core/failure";
import {
  Client,
  connectivityState,
  credentials,
  Metadata as GrpcMetadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { GrpcConnection, Metadata } from "./grpc.ts";
import { GrpcStatus } from "./grpc-status.ts";
import { openSocket, WireCounter } from "./socket.ts";

/** Which connection is opening sockets: grpc-js makes them out of reach, Node announces them on a channel. */
const opening = new AsyncLocalStorage<WireCounter>();
let watching = false;

function watchSockets(): void {
  if (watching) return;
  watching = true;
  subscribe("net.client.socket", (message) => {
    const { socket } = message as { socket: Socket };
    socket.setNoDelay(true);
    opening.getStore()?.add(socket);
  });
}

/** gRPC by @grpc/grpc-js, one connection of its own, no retries, no message size limit. */
export async function connectGrpcJs(url: URL, signal: AbortSignal): Promise<GrpcConnection> {
  watchSockets();
  const wire = new WireCounter();
  const security = url.protocol === "https:" ? credentials.createSsl() : credentials.createInsecure();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const client = opening.run(
    wire,
    () =>
      new Client(`${url.hostname}:${port}`, security, {
        "grpc.use_local_subchannel_pool": 1,
        "grpc.enable_retries": 0,
        "grpc.service_config_disable_resolution": 1,
        "grpc.max_send_message_length": -1,
        "grpc.max_receive_message_length": -1,
      }),
  );
  try {
    await opening.run(wire, () => ready(client, signal));
  } catch (error) {
    client.close();
    // grpc-js keeps the reason of a failed connect to itself; a plain socket finds it out.
    if (!signal.aborted) (await openSocket(url, signal)).destroy();
    throw error;
  }
  let open = true;

  return {
    wire,
    unary(path, message, metadata, callSignal): Promise<Uint8Array> {
      return new Promise((resolve, reject) => {
        if (!open) return reject(new Failure("closed", "the session is closed"));
        if (callSignal.aborted) return reject(abortFailure(callSignal));
        const call = client.makeUnaryRequest(
          path,
          bytes,
          bytes,
          asBuffer(message),
          entries(metadata),
          (error, reply) => {
            callSignal.removeEventListener("abort", abort);
            if (error !== null) reject(failureOf(error, callSignal));
            else if (reply === undefined)
              reject(new Failure("protocol", "expected one message, got status OK without one"));
            else resolve(reply);
          },
        );
        const abort = (): void => call.cancel();
        callSignal.addEventListener("abort", abort, { once: true });
      });
    },
    async *serverStream(path, message, metadata, callSignal): AsyncIterable<Uint8Array> {
      if (!open) throw new Failure("closed", "the session is closed");
      if (callSignal.aborted) throw abortFailure(callSignal);
      const call = client.makeServerStreamRequest(path, bytes, bytes, asBuffer(message), entries(metadata));
      const abort = (): void => call.cancel();
      callSignal.addEventListener("abort", abort, { once: true });
      try {
        for await (const reply of call) yield reply as Uint8Array;
      } catch (error) {
        throw failureOf(error as ServiceError, callSignal);
      } finally {
        callSignal.removeEventListener("abort", abort);
        call.cancel();
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      open = false;
      client.close();
    },
  };
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
        finish(new Failure("protocol", "expected an HTTP/2 server that speaks gRPC, but the connection failed"));
      else channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => (error ? undefined : look()));
    };
    signal.addEventListener("abort", abort, { once: true });
    look();
  });
}

/** Messages are encoded and decoded by the bindings; grpc-js passes them through. */
const bytes = (message: Buffer): Buffer => message;

function asBuffer(message: Uint8Array): Buffer {
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

function entries(metadata: Metadata): GrpcMetadata {
  const made = new GrpcMetadata();
  for (const [name, value] of Object.entries(metadata)) made.set(name, value);
  return made;
}

function failureOf(error: ServiceError, signal: AbortSignal): Failure {
  if (signal.aborted) return abortFailure(signal);
  if (error.code === status.INTERNAL && /Protocol error|Parse Error/i.test(error.details))
    return new Failure("protocol", error.details, { cause: error });
  return new GrpcStatus(error.code, error.details, { cause: error });
}
