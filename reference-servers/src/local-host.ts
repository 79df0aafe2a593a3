import type { IncomingMessage } from "node:http";

const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d*)?$/i;
const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A page elsewhere can make a browser send requests here, but not with a local Host or Origin (DNS rebinding). */
export function isLocal({ headers: { host, origin } }: IncomingMessage): boolean {
  return host !== undefined && loopbackHost.test(host) && (origin === undefined || isLoopbackOrigin(origin));
}

/** Whether a request names more than one host, which is a 400 (RFC 9112 §3.2); Node keeps the first without a word. */
export function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts > 1;
}

function isLoopbackOrigin(origin: string): boolean {
  try {
    return loopbackNames.has(new URL(origin).hostname);
  } catch {
    return false;
  }
}
