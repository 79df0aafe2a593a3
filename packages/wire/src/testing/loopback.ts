import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import type { ClientKind } from "@apb/core/binding";
import { connectHttp, type HttpConnection, type HttpRequest } from "../http.ts";

/** A server of a test on a free port of 127.0.0.1. Disposing ends every connection. */
export interface Loopback extends AsyncDisposable {
  readonly server: net.Server;
  readonly url: URL;
  /** As they were accepted; also those that have ended. */
  readonly sockets: readonly net.Socket[];
}

/** A {@link Loopback} and one HTTP connection to it. */
export interface HttpLoopback extends Loopback {
  readonly connection: HttpConnection;
}

/** Never aborted. */
export const unabortable = new AbortController().signal;

/** Lets a server listen on a host and a free port of it. */
export async function loopback(server: net.Server, host = "127.0.0.1"): Promise<Loopback> {
  const sockets: net.Socket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    server,
    url: new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`),
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Makers of HTTP servers with a connection by this client to each. */
export function httpLoopback(client: ClientKind): {
  /** A server that is sent requests without a body and answers the nth of them (from 0) with whatever bytes. */
  answering(answer: (socket: net.Socket, request: number) => void): Promise<HttpLoopback>;
  /** A server of node:http. */
  httpServer(listener: http.RequestListener): Promise<HttpLoopback>;
} {
  return {
    answering(answer) {
      let requests = 0;
      const server = net.createServer((socket) => socket.on("data", () => answer(socket, requests++)));
      return connected(server, client);
    },
    httpServer: (listener) => connected(http.createServer({ keepAliveTimeout: 600_000 }, listener), client),
  };
}

async function connected(server: net.Server, client: ClientKind): Promise<HttpLoopback> {
  const served = await loopback(server);
  const connection = await connectHttp(served.url, client, unabortable);
  return {
    ...served,
    connection,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

/** Answers with the request's own body, after reading all of it. */
export const echo: http.RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => response.end(Buffer.concat(chunks)));
};

/** A request with this body. */
export function post(body: string, path = "/"): HttpRequest {
  return { method: "POST", path, headers: { "content-type": "text/plain" }, body };
}

/** A complete HTTP reply as text. */
export function wholeReply(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
