import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { accessHeaders } from "@apb/core/url";
import type { HttpRequest } from "./http-connection.ts";
import { token } from "./http-head.ts";

/** What the connection says itself: https://www.rfc-editor.org/rfc/rfc9112#section-6 and section 3.2. */
const ownFields = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Up to here Node encodes a string on its stack and hands it to the kernel at once; for a longer one it allocates memory.
 * Joining head and body would copy a long body once more, so that above this they are two writes, corked.
 */
const smallBytes = 16 * 1024;

/** Lines already made of a headers object: bindings pass the same few objects with every request. */
const linesOf = new WeakMap<HttpRequest["headers"], string>();

/** One writer for each origin and access to it, by both: the head it has made last serves all connections. */
const writers = new Map<string, RequestWriter>();

/** The one writer of requests to this URL's origin by its user, with these headers. */
export function writerFor(url: URL, headers: Headers): RequestWriter {
  const access = accessHeaders(url, headers);
  const key = `${JSON.stringify(access)}@${url.host}`;
  let writer = writers.get(key);
  if (writer === undefined) {
    writer = new RequestWriter(url.host, access);
    writers.set(key, writer);
  }
  return writer;
}

/** Puts requests on sockets, with as much of them as possible made before. */
export class RequestWriter {
  private readonly firstLines: string;
  private method = "";
  private path = "";
  private headers: HttpRequest["headers"] = {};
  private head = "";

  /** `host` as in a URL, with its port; `access` are headers of every request. */
  constructor(host: string, access: Headers) {
    this.firstLines = `Host: ${host}\r\n${fieldLines(access)}`;
  }

  /** One write. Throws `internal` for a request that cannot be put into words of HTTP. */
  write(socket: Socket, request: HttpRequest): void {
    const head = this.headOf(request);
    const { body } = request;
    if (body === null) {
      // A POST says that it has no body: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
      socket.write(request.method === "POST" ? `${head}Content-Length: 0\r\n\r\n` : `${head}\r\n`, "latin1");
      return;
    }
    const size = Buffer.byteLength(body);
    // As many bytes as characters: all ASCII, the same in Latin-1, which takes a quarter less time to encode (1 KiB).
    const encoding = size === body.length ? "latin1" : "utf8";
    const wholeHead = `${head}Content-Length: ${size}\r\n\r\n`;
    if (size <= smallBytes) {
      socket.write(wholeHead + body, encoding);
      return;
    }
    socket.cork();
    socket.write(wholeHead, "latin1");
    socket.write(body, encoding);
    socket.uncork();
  }

  /** Everything before the length. */
  private headOf({ method, path, headers }: HttpRequest): string {
    if (headers !== this.headers || path !== this.path || method !== this.method) {
      if (!/^\/[\x21-\x7e]*$/.test(path)) throw unsendable("path", path);
      this.head = flat(`${method} ${path} HTTP/1.1\r\n${this.firstLines}${fieldLines(headers)}`);
      this.method = method;
      this.path = path;
      this.headers = headers;
    }
    return this.head;
  }
}

function fieldLines(headers: HttpRequest["headers"]): string {
  const known = linesOf.get(headers);
  if (known !== undefined) return known;
  let lines = "";
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name) || ownFields.has(name.toLowerCase())) throw unsendable("header", name);
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw unsendable(`value of ${name}`, value);
    lines += `${name}: ${value}\r\n`;
  }
  linesOf.set(headers, lines);
  return lines;
}

/** The same text in one piece: V8 represents a concatenation as a tree of its parts, which would be walked with every request. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

function unsendable(what: string, got: string): Failure {
  return new Failure("internal", `expected a ${what} that a request can carry, got ${JSON.stringify(got)}`);
}
