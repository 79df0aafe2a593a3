import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { addressOf } from "@apb/core/url";

/** Who is well takes a connection within this. */
const connectMs = 1000;
/** A knock costs a server next to nothing. */
const knockEveryMs = 20;

/** A port that nobody listens on, on any address of this machine. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Whether somebody takes connections at a URL's host and port. Never throws. */
export function answers(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(addressOf(url));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.on("error", () => end(false));
    socket.setTimeout(connectMs, () => end(false));
  });
}

/** Resolves once somebody takes connections there, or when the signal is aborted. */
export async function opening(url: URL, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await answers(url)))
    await pause(knockEveryMs, undefined, { signal }).catch(() => undefined);
}
