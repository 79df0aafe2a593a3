import net from "node:net";
import tls from "node:tls";
import type { WireBytes } from "@apb/core/binding";
import { abortFailure } from "@apb/core/failure";
import { classify } from "./failures.ts";

/** Adds up the bytes of all the sockets a connection has used. */
export class WireCounter implements WireBytes {
  private readonly sockets: net.Socket[] = [];

  add(socket: net.Socket): void {
    this.sockets.push(socket);
  }

  get sentBytes(): number {
    return this.sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
  }

  get receivedBytes(): number {
    return this.sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  }
}

/** Opens a TCP connection (TLS for https and wss) with Nagle's algorithm off. Throws a Failure. */
export function openSocket(url: URL, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortFailure(signal));
    const secure = url.protocol === "https:" || url.protocol === "wss:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (secure ? 443 : 80));
    const socket = secure
      ? tls.connect({ host, port, servername: net.isIP(host) === 0 ? host : "", ALPNProtocols: ["http/1.1"] })
      : net.connect({ host, port });
    socket.setNoDelay(true);
    const settle = (outcome: () => void): void => {
      signal.removeEventListener("abort", abort);
      socket.removeListener("error", fail);
      socket.removeListener(secure ? "secureConnect" : "connect", opened);
      outcome();
    };
    const opened = (): void => settle(() => resolve(socket));
    const fail = (error: unknown): void => settle(() => reject(classify(error, signal)));
    const abort = (): void => {
      settle(() => reject(abortFailure(signal)));
      socket.destroy();
    };
    socket.once("error", fail);
    socket.once(secure ? "secureConnect" : "connect", opened);
    signal.addEventListener("abort", abort, { once: true });
  });
}
