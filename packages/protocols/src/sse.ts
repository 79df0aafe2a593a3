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
  let rest = "";
  let event = "";
  let data: string[] = [];
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
      if (line === "") {
        if (data.length > 0) yield { event: event === "" ? "message" : event, data: data.join("\n") };
        event = "";
        data = [];
      } else if (isField(line, "data")) data.push(contentOf(line));
      else if (isField(line, "event")) event = contentOf(line);
    }
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
