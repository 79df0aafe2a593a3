import net from "node:net";
import tls from "node:tls";
import { addressOf } from "@apb/core/url";

/** Who is behind a port: something that agrees on TLS, with a certificate that is trusted here or not; something that does not; or nobody. */
export type PortState = "tls" | "untrusted" | "plain" | "closed";

/** Finds out whether TLS is spoken at a URL's host and port, whatever its scheme. Never throws; `signal` ends it with what is known by then. */
export function knock(url: URL, signal: AbortSignal): Promise<PortState> {
  const { host, port } = addressOf(url);
  return new Promise((resolve) => {
    let door: PortState = "closed";
    const socket = tls.connect({
      host,
      port,
      servername: net.isIP(host) === 0 ? host : "",
      ALPNProtocols: ["h2", "http/1.1"],
      // Nothing is sent to it: this is about what is spoken, not about whom to trust.
      rejectUnauthorized: false,
    });
    const end = (): void => {
      signal.removeEventListener("abort", end);
      socket.destroy();
      resolve(door);
    };
    socket.on("connect", () => {
      door = "plain";
    });
    socket.on("secureConnect", () => {
      door = socket.authorized ? "tls" : "untrusted";
      end();
    });
    socket.on("error", end).on("close", end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
