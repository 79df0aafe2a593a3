import net from "node:net";
import tls from "node:tls";
import type { WireBytes } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { classify } from "./failures.ts";

/** Adds up the bytes of all the sockets a connection has used; of those that have closed only the sums are kept. */
export class WireCounter implements WireBytes {
  private readonly sockets = new Set<net.Socket>();
  private readonly closed = { sentBytes: 0, receivedBytes: 0 };
  connections = 0;

  add(socket: net.Socket): void {
    if (this.sockets.has(socket)) return;
    this.sockets.add(socket);
    this.connections++;
    socket.once("close", () => {
      this.sockets.delete(socket);
      this.closed.sentBytes += socket.bytesWritten;
      this.closed.receivedBytes += socket.bytesRead;
    });
  }

  get sentBytes(): number {
    let sum = this.closed.sentBytes;
    for (const socket of this.sockets) sum += socket.bytesWritten;
    return sum;
  }

  get receivedBytes(): number {
    let sum = this.closed.receivedBytes;
    for (const socket of this.sockets) sum += socket.bytesRead;
    return sum;
  }
}

/** Takes the bytes at the beginning of the buffer, which the next read writes over. */
export type Read = (buffer: Buffer, bytes: number) => void;

const landingBytes = 64 * 1024;
const landing = Buffer.allocUnsafeSlow(landingBytes);

/** Past the stream and without a buffer for each read; all sockets share one, but for Windows, where reads are under way while nobody waits for them. */
function onread(read: Read): net.OnReadOpts {
  const buffer = process.platform === "win32" ? Buffer.allocUnsafeSlow(landingBytes) : landing;
  return {
    buffer,
    callback(bytes) {
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
    const secure = url.protocol === "https:" || url.protocol === "wss:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (secure ? 443 : 80));
    const at = { host, port, ...(read === undefined ? {} : { onread: onread(read) }) };
    const socket = secure
      ? tls.connect({ ...at, servername: net.isIP(host) === 0 ? host : "", ALPNProtocols: [alpn] })
      : net.connect(at);
    socket.setNoDelay(true);
    // Stays for good: a connection can be reset while nobody uses it, and its "close" says enough.
    socket.on("error", (error) => settle(() => reject(refusal(error, signal))));
    socket.once(secure ? "secureConnect" : "connect", () => settle(() => resolve(socket)));
    const settle = (outcome: () => void): void => {
      signal.removeEventListener("abort", abort);
      outcome();
    };
    const abort = (): void => {
      settle(() => reject(abortFailure(signal)));
      socket.destroy();
    };
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** A connection that ends before it is open was never given: `refused`, where the same error later means `closed`. */
function refusal(error: Error, signal: AbortSignal): Failure {
  const failure = classify(error, signal);
  return failure.kind === "closed" ? new Failure("refused", error.message, { cause: error }) : failure;
}
