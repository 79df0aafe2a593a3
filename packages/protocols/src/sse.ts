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

/** Events from bytes split anywhere. An event cut off by the end of the bytes is dropped, as the standard says. */
export async function* parseSse(chunks: AsyncIterable<Uint8Array>): AsyncIterable<SseEvent> {
  const decoder = new TextDecoder();
  const take = lineReader();
  let rest = "";
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const waiting = rest.endsWith("\r");
    rest += text;
    // A long line that comes in many chunks is searched once, at its end.
    if (!waiting && !/[\r\n]/.test(text)) continue;
    // A carriage return at the end may be half of a CRLF: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = take(line);
      if (event !== null) yield event;
    }
  }
}

/** The events of a whole text. What comes after the last blank line is dropped. */
export function readSse(text: string): SseEvent[] {
  const take = lineReader();
  const whole = text.startsWith("\ufeff") ? text.slice(1) : text;
  // The pattern takes many times as long as the one character that servers use.
  const lines = whole.split(whole.includes("\r") ? /\r\n|\n|\r/ : "\n");
  lines.pop();
  return lines.map(take).filter((event) => event !== null);
}

/** Takes a stream's lines one by one; a blank one gives the event that it ends. */
function lineReader(): (line: string) => SseEvent | null {
  let event = "";
  let data: string[] = [];
  return (line) => {
    if (isField(line, "data")) data.push(contentOf(line));
    else if (isField(line, "event")) event = contentOf(line);
    if (line !== "") return null;
    const ended = data.length === 0 ? null : { event: event === "" ? "message" : event, data: data.join("\n") };
    event = "";
    data = [];
    return ended;
  };
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
