import http from "node:http";
import net from "node:net";

/** Posts one body `count` times, each on a connection of its own, all but a hundred at the same time; the statuses in order. */
export async function postMany(
  url: string,
  headers: http.OutgoingHttpHeaders,
  body: string | Buffer,
  count: number,
): Promise<number[]> {
  const bytes = Buffer.from(body);
  const agent = new http.Agent({ keepAlive: false, maxSockets: 100 });
  const one = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const fields = { ...headers, "content-length": bytes.length };
      const request = http.request(url, { method: "POST", agent, headers: fields }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      });
      request.on("error", reject);
      request.end(bytes);
    });
  return Promise.all(Array.from({ length: count }, one));
}

/** Clients that wait, most of them for ever. Disposing hangs all of them up. */
export interface Waiting extends Disposable {
  /** Resolves once this many of them were answered: with their statuses. */
  answered(count: number): Promise<readonly number[]>;
}

/** Posts one body on `count` connections. */
export function waitingPosts(url: string, headers: Record<string, string>, body: string, count: number): Waiting {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return waiting(url, `${fields.join("")}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, count);
}

/** Opens `count` connections that announce 4,000,000 bytes and send `sentBytes` of them. */
export function unfinishedBodies(url: string, count: number, sentBytes: number): Waiting {
  const head = "Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n";
  return waiting(url, head + "x".repeat(sentBytes), count);
}

function waiting(url: string, headersAndBody: string, count: number): Waiting {
  const { hostname, port, pathname } = new URL(url);
  const statuses: number[] = [];
  let wake = (): void => undefined;
  const sockets = Array.from({ length: count }, () => {
    const socket = net.connect(Number(port), hostname).setEncoding("latin1");
    socket.on("error", () => undefined);
    socket.once("data", (answer) => {
      statuses.push(Number(String(answer).slice(9, 12)));
      wake();
    });
    socket.write(`POST ${pathname} HTTP/1.1\r\nHost: localhost\r\n${headersAndBody}`);
    return socket;
  });
  return {
    answered: (wanted) =>
      new Promise((resolve) => {
        wake = () => {
          if (statuses.length >= wanted) resolve(statuses);
        };
        wake();
      }),
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
