/** Server-sent events, as far as the protocols use them: https://html.spec.whatwg.org/multipage/server-sent-events.html */

/** One event; ids and retry times are not kept. */
export interface SseEvent {
  /** `message` when the event has no `event:` line. */
  readonly event: string;
  readonly data: string;
}

/** One event with its closing blank line. */
export function formatSse(data: string, event?: string): string {
  const lines = /[\r\n]/.test(data) ? data.split(/\r\n|\n|\r/).join("\ndata: ") : data;
  return event === undefined ? `data: ${lines}\n\n` : `event: ${event}\ndata: ${lines}\n\n`;
}

/** Throws when what is put together of one event has become too large: in UTF-16 code units, never more than its bytes. */
export type ExpectSize = (size: number) => void;

/**
 * Events from bytes split anywhere. An event cut off by the end of the bytes is dropped, as the standard says; `silent` is
 * called for what is between two blank lines and no event: comments, which keep a connection alive, and ids.
 */
export async function* parseSse(
  chunks: AsyncIterable<Uint8Array>,
  expectSize: ExpectSize,
  silent: () => void = () => undefined,
): AsyncIterable<SseEvent> {
  const decoder = new TextDecoder();
  const begun = new BegunLine();
  const event = new BegunEvent();
  let waiting = false;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    // A long line that comes in many chunks is put together and searched once, at its end.
    if (!waiting && !/[\r\n]/.test(text)) begun.add(text);
    else {
      // A carriage return at the end may be half of a CRLF: it waits for the next chunk.
      const lines = (begun.take() + text).split(/\r\n|\n|\r(?!$)/);
      const rest = lines.pop() ?? "";
      for (const line of lines) {
        const ended = event.take(line);
        expectSize(event.size);
        if (ended === "silent") silent();
        else if (ended !== null) yield ended;
      }
      begun.add(rest);
      waiting = rest.endsWith("\r");
    }
    expectSize(event.size + begun.size);
  }
}

/** The events of a whole text. What comes after the last blank line is dropped. */
export function readSse(text: string): SseEvent[] {
  const event = new BegunEvent();
  const whole = text.startsWith("\ufeff") ? text.slice(1) : text;
  // The pattern takes many times as long as the one character that servers use.
  const lines = whole.split(whole.includes("\r") ? /\r\n|\n|\r/ : "\n");
  lines.pop();
  return lines.map((line) => event.take(line)).filter((ended) => ended !== null && ended !== "silent");
}

/** Texts so many are joined: one by one, each of them would take 32 bytes and more beside its characters. */
const mostPieces = 1024;

/** The beginning of a line whose end has not come. */
class BegunLine {
  size = 0;
  private blocks: string[] = [];
  private pieces: string[] = [];

  add(text: string): void {
    if (text === "") return;
    this.size += text.length;
    this.pieces.push(text);
    if (this.pieces.length < mostPieces) return;
    this.blocks.push(this.pieces.join(""));
    this.pieces = [];
  }

  /** All of it; after that there is nothing. */
  take(): string {
    if (this.size === 0) return "";
    const text = this.blocks.join("") + this.pieces.join("");
    this.size = 0;
    this.blocks = [];
    this.pieces = [];
    return text;
  }
}

/** The event that a stream's lines, taken one by one, have begun; a blank one gives the event that it ends, or `silent` for lines without data. */
class BegunEvent {
  /** Of the lines that are kept. */
  size = 0;
  private begun = false;
  private event = "";
  private data: string[] = [];

  take(line: string): SseEvent | "silent" | null {
    if (isField(line, "data")) {
      this.data.push(contentOf(line));
      this.size += line.length;
    } else if (isField(line, "event")) this.event = contentOf(line);
    if (line !== "") {
      this.begun = true;
      return null;
    }
    const { event, data, begun } = this;
    const without = begun ? "silent" : null;
    const ended = data.length === 0 ? without : { event: event === "" ? "message" : event, data: data.join("\n") };
    this.begun = false;
    this.event = "";
    this.data = [];
    this.size = 0;
    return ended;
  }
}

function isField(line: string, name: string): boolean {
  return line.startsWith(name) && (line.length === name.length || line[name.length] === ":");
}

/** What follows the colon and one space; empty without a colon. */
function contentOf(line: string): string {
  const colon = line.indexOf(":");
  if (colon === -1) return "";
  return line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
}
