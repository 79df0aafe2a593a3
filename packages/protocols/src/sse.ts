/** Server-sent events, as far as the protocols use them: https://html.spec.whatwg.org/multipage/server-sent-events.html */

export interface SseEvent {
  /** `message` when the event has no `event:` line. */
  readonly event: string;
  readonly data: string;
}

/** One event with its closing blank line. */
export function formatSse(data: string, event?: string): string {
  const lines = data
    .split("\n")
    .map((line) => `data: ${line}\n`)
    .join("");
  return event === undefined ? `${lines}\n` : `event: ${event}\n${lines}\n`;
}

/** Events from bytes split anywhere. An event cut off by the end of the bytes is dropped, as the standard says. */
export async function* parseSse(chunks: AsyncIterable<Uint8Array>): AsyncIterable<SseEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let event = "message";
  let data: string[] = [];
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be half of a CRLF: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { event, data: data.join("\n") };
        event = "message";
        data = [];
      } else if (line.startsWith("data:")) data.push(value(line, "data:"));
      else if (line.startsWith("event:")) event = value(line, "event:");
    }
  }
}

function value(line: string, field: string): string {
  const start = line[field.length] === " " ? field.length + 1 : field.length;
  return line.slice(start);
}
