import net from "node:net";
import tls from "node:tls";
import type { WireBytes } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { classify } from "./failures.ts";
import { markRead } from "./phases.ts";

/** Adds up the bytes of all the sockets a connection has used. Of those that have closed only the sums are kept, once there is another. */
export class WireCounter implements WireBytes {
  private sockets: readonly net.Socket[] = [];
  private closedSentBytes = 0;
  private closedReceivedBytes = 0;
  connections = 0;

  add(socket: net.Socket): void {
    if (this.sockets.includes(socket)) return;
    this.connections++;
    for (const { closed, bytesWritten, bytesRead } of this.sockets) {
      if (!closed) continue;
      this.closedSentBytes += bytesWritten;
      this.closedReceivedBytes += bytesRead;
    }
    this.sockets = [...this.sockets.filter(({ closed }) => !closed), socket];
  }

  get sentBytes(): number {
    let sum = this.closedSentBytes;
    for (const socket of this.sockets) sum += socket.bytesWritten;
    return sum;
  }

  get receivedBytes(): number {
    let sum = this.closedReceivedBytes;
    for (const socket of this.sockets) sum += socket.bytesRead;
    return sum;
  }
}

/** What happens on a socket, as it happens: it is begun, its host is looked up, it is connected, TLS is agreed on, bytes have come. */
export type SocketEvent = "begin" | "lookup" | "connect" | "secureConnect" | "read";

let observer: ((event: SocketEvent) => void) | null = null;

/** Tells of all sockets that are opened from now on; null ends it. One who looks at a single call, as nobody does who measures. */
export function observeSockets(observe: ((event: SocketEvent) => void) | null): void {
  observer = observe;
}

/** The reader, or one that tells of every read as well. */
function observed(read: Read | undefined): Read | undefined {
  const tell = observer;
  if (tell === null || read === undefined) return read;
  return (buffer, bytes) => {
    tell("read");
    read(buffer, bytes);
  };
}

/** Takes the bytes at the beginning of the buffer, which the next read writes over. */
export type Read = (buffer: Buffer, bytes: number) => void;

const landingBytes = 64 * 1024;
const landing = Buffer.allocUnsafeSlow(landingBytes);

/**
 * Reads into one buffer that all sockets share, past the socket's stream: no allocation for each read. Not on Windows, where
 * the kernel writes into the buffers of reads under way at any time, so that each socket needs its own.
 */
function onread(read: Read): net.OnReadOpts {
  const buffer = process.platform === "win32" ? Buffer.allocUnsafeSlow(landingBytes) : landing;
  return {
    buffer,
    callback(bytes) {
      markRead();
      read(buffer, bytes);
      return true;
    },
  };
}

/**
 * Opens a TCP connection (TLS for https and wss) with Nagle's algorithm off. With `read` the socket gives its bytes there
 * and has no "data"; with another `alpn` TLS agrees on that protocol. Throws `refused`, `timeout`, `protocol`, `environment` or the signal's failure.
 */
export function openSocket(url: URL, signal: AbortSignal, read?: Read, alpn = "http/1.1"): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortFailure(signal));
    observer?.("begin");
    const secure = url.protocol === "https:" || url.protocol === "wss:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (secure ? 443 : 80));
    const reader = observed(read);
    const at = { host, port, ...(reader === undefined ? {} : { onread: onread(reader) }) };
    const socket = secure
      ? tls.connect({ ...at, servername: net.isIP(host) === 0 ? host : "", ALPNProtocols: [alpn] })
      : net.connect(at);
    socket.setNoDelay(true);
    if (observer !== null)
      for (const name of ["lookup", "connect", "secureConnect"] as const) socket.on(name, () => observer?.(name));
    const event = secure ? "secureConnect" : "connect";
    const settle = (): void => {
      signal.removeEventListener("abort", abort);
      // Listeners left on the socket would hold this promise and its closures as long as the connection lasts.
      socket.removeListener("error", fail).removeListener(event, open);
      socket.on("error", ignore);
    };
    const open = (): void => {
      settle();
      resolve(socket);
    };
    const fail = (error: Error): void => {
      settle();
      reject(refusal(error, signal));
    };
    const abort = (): void => {
      settle();
      reject(abortFailure(signal));
      socket.destroy();
    };
    socket.on("error", fail).on(event, open);
    signal.addEventListener("abort", abort);
  });
}

/** A reset of an idle connection is an error event, which would end the process; its "close" follows and is handled. */
function ignore(): void {}

/** A connection that ends before it is open is `refused`, where the same error later means `closed`. */
function refusal(error: Error, signal: AbortSignal): Failure {
  const failure = classify(error, signal);
  return failure.kind === "closed" ? new Failure("refused", error.message, { cause: error }) : failure;
}
