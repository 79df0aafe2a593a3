import { createHash, randomBytes } from "node:crypto";
import type { Headers } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { accessHeaders, maskedUrl } from "@apb/core/url";
import { lists, malformed, type ReplyHead, token } from "./http-head.ts";
import { HttpRefusal, isRefusal } from "./http-refusal.ts";

/** The opening handshake of a client: https://www.rfc-editor.org/rfc/rfc6455#section-4.1 */
export interface Handshake {
  /** All bytes of it. */
  readonly request: string;
  /** Throws `rejected` or `protocol` unless the server agrees to this very handshake. */
  expectAgreement(head: ReplyHead): void;
}

const schemes = new Set(["ws:", "wss:", "http:", "https:"]);

/** Asks for no extensions. Throws `usage` for what is no WebSocket URL or no subprotocol. */
export function handshake(url: URL, subprotocol: string | null, headers: Headers = {}): Handshake {
  if (!schemes.has(url.protocol) || url.hash !== "")
    throw new Failure("usage", `expected a URL like ws://localhost:8001/ws, got ${maskedUrl(url.href)}`);
  if (subprotocol !== null && !token.test(subprotocol))
    throw new Failure("usage", `expected the name of a subprotocol, got ${JSON.stringify(subprotocol)}`);
  const key = randomBytes(16).toString("base64");
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    ...Object.entries(accessHeaders(url, headers)).map(([name, value]) => `${name}: ${value}`),
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...(subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ];
  return {
    request: `${lines.join("\r\n")}\r\n\r\n`,
    expectAgreement: (head) => expectAgreement(head, acceptOf(key), subprotocol),
  };
}

function expectAgreement({ status, headers }: ReplyHead, accept: string, subprotocol: string | null): void {
  if (isRefusal(status)) throw new HttpRefusal(status);
  if (status !== 101)
    throw new Failure(
      status >= 400 ? "rejected" : "protocol",
      `expected a WebSocket upgrade (101), got HTTP ${status}`,
    );
  expectHeader("Upgrade", "websocket", headers.upgrade?.toLowerCase());
  if (!lists(headers.connection, "upgrade")) expectHeader("Connection", "Upgrade", headers.connection);
  expectHeader("Sec-WebSocket-Accept", accept, headers["sec-websocket-accept"]);
  expectHeader("Sec-WebSocket-Extensions", undefined, headers["sec-websocket-extensions"]);
  expectHeader("Sec-WebSocket-Protocol", subprotocol ?? undefined, headers["sec-websocket-protocol"]);
}

function expectHeader(name: string, expected: string | undefined, got: string | undefined): void {
  if (got !== expected) throw malformed(`${name} ${expected ?? "not to be there"}`, got ?? "none");
}

function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
