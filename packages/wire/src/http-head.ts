import { Failure } from "@apb/core/failure";

/** The head of a reply: https://www.rfc-editor.org/rfc/rfc9112#section-4 and what follows from it for the connection. */
export interface ReplyHead {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** How the end of the body is found (§6.3); a reply that has no body has the length 0. */
  readonly framing: "length" | "chunked" | "close";
  /** Bytes of the body where its framing is `length`. */
  readonly length: number;
  /** Whether the connection stays open for another request (§9.3). */
  readonly persistent: boolean;
}

/** The most bytes of a head, or of trailers; no server measured here sends a tenth of it. */
export const headLimitBytes = 64 * 1024;

const tokenCharacters = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/** A name of HTTP's: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
export const token = new RegExp(`^${tokenCharacters}$`);

/** A header or trailer without its line end (§5): name and value, before the value's trailing blanks are cut. */
export const fieldLine = new RegExp(`^(${tokenCharacters}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*)$`);

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;

/** What the peer sent is not what HTTP/1.1 allows. */
export function malformed(expected: string, got: string): Failure {
  return new Failure("protocol", `expected ${expected}, got ${JSON.stringify(got.slice(0, 100))}`);
}

/** A head without the empty line at its end. Lenient in nothing: throws `protocol` for whatever a sender must not send. */
export function parseReplyHead(text: string): ReplyHead {
  const lines = text.split("\r\n");
  const [, minor, code] = statusLine.exec(lines[0] as string) ?? [];
  if (minor === undefined) throw malformed("a status line of HTTP/1.1", lines[0] as string);
  const headers: Record<string, string> = Object.create(null);
  for (let n = 1; n < lines.length; n++) {
    const [, name, value] = fieldLine.exec(lines[n] as string) ?? [];
    if (name === undefined || value === undefined) throw malformed("a header", lines[n] as string);
    const key = name.toLowerCase();
    const trimmed = value.replace(/[ \t]+$/, "");
    const before = headers[key];
    headers[key] = before === undefined ? trimmed : `${before}, ${trimmed}`;
  }
  const status = Number(code);
  const { framing, length } = framingOf(status, minor, headers);
  return { status, headers, framing, length, persistent: framing !== "close" && staysOpen(minor, headers) };
}

function framingOf(
  status: number,
  minor: string,
  { "transfer-encoding": coding, "content-length": length }: Readonly<Record<string, string>>,
): Pick<ReplyHead, "framing" | "length"> {
  if (coding !== undefined) {
    if (length !== undefined) throw malformed("one length of the body", `both ${length} bytes and ${coding}`);
    if (minor === "0") throw malformed("no transfer coding in HTTP/1.0", coding);
    if (coding.toLowerCase() !== "chunked") throw malformed("the transfer coding chunked", coding);
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed("one Content-Length", length);
  if (status < 200 || status === 204 || status === 304) return { framing: "length", length: 0 };
  if (coding !== undefined) return { framing: "chunked", length: 0 };
  return length === undefined ? { framing: "close", length: 0 } : { framing: "length", length: Number(length) };
}

function staysOpen(minor: string, { connection }: Readonly<Record<string, string>>): boolean {
  if (minor === "0") return lists(connection, "keep-alive") && !lists(connection, "close");
  return !lists(connection, "close");
}

/** Whether a header is a list with this word in it, in any case. */
export function lists(header: string | undefined, word: string): boolean {
  const words = header?.toLowerCase().split(/[ \t]*,[ \t]*/);
  return words?.includes(word) === true;
}

/**
 * Heads with their empty line, parsed, shared by all connections: one server's replies differ only in their Date, by the
 * second, and their length, so that nearly every reply costs a comparison of text instead of a parse.
 */
const knownHeads = new Map<string, KnownHead>();
const mostKnownHeads = 256;

interface KnownHead {
  readonly text: string;
  readonly head: ReplyHead;
}

/** Finds the end of a head in bytes that are split anywhere. */
export class HeadReader {
  private known: KnownHead | null = null;
  private begun = "";

  /** The head that was read last. */
  get head(): ReplyHead | null {
    return this.known === null ? null : this.known.head;
  }

  /** Returns the position after the head, or -1 when more of it must come. Throws `protocol` once it can be no head any more. */
  read(buffer: Buffer, start: number, end: number): number {
    if (this.begun !== "") return this.readRest(buffer, start, end);
    if (this.known !== null) {
      // The same bytes as the last head of this connection: nothing to look up.
      const { text } = this.known;
      const sameEnd = start + text.length;
      if (sameEnd <= end && buffer.toString("latin1", start, sameEnd) === text) return sameEnd;
    }
    const emptyLine = buffer.indexOf("\r\n\r\n", start, "latin1");
    if (emptyLine === -1 || emptyLine + 4 > end) return this.readRest(buffer, start, end);
    this.take(buffer.toString("latin1", start, emptyLine + 4));
    return emptyLine + 4;
  }

  /** A head in several pieces. */
  private readRest(buffer: Buffer, start: number, end: number): number {
    const before = this.begun.length;
    const text = this.begun + buffer.toString("latin1", start, end);
    const emptyLine = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (emptyLine === -1) {
      expectBeginning(text, Math.max(0, before - 1));
      this.begun = text;
      return -1;
    }
    this.begun = "";
    this.take(text.slice(0, emptyLine + 4));
    return start + emptyLine + 4 - before;
  }

  private take(text: string): void {
    expectLimit(text);
    this.known = knownHeads.get(text) ?? remembered(text);
  }
}

function remembered(text: string): KnownHead {
  const known = { text, head: parseReplyHead(text.slice(0, -4)) };
  if (knownHeads.size === mostKnownHeads) knownHeads.clear();
  knownHeads.set(text, known);
  return known;
}

/** Whether a head could begin like this; what comes before `fresh` was looked at before. */
function expectBeginning(text: string, fresh: number): void {
  expectLimit(text);
  const lineEnd = text.indexOf("\r\n");
  const plausible =
    lineEnd === -1
      ? ["HTTP/1.1 ", "HTTP/1.0 "].some((version) => version.startsWith(text.slice(0, 9)))
      : statusLine.test(text.slice(0, lineEnd));
  if (!plausible || /[^\r]\n/.test(text.slice(fresh))) throw malformed("a reply of HTTP/1.1", text);
}

function expectLimit(text: string): void {
  if (text.length > headLimitBytes) throw malformed(`a head of at most ${headLimitBytes} bytes`, text);
}
