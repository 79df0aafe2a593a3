import { fieldLine, headLimitBytes, malformed } from "./http-head.ts";

/** Takes bytes of a body; they are gone when it returns. `last` where the end of the body is known to be theirs. */
export interface BodySink {
  data(buffer: Buffer, start: number, end: number, last: boolean): void;
}

/** What the next line is: a chunk's size, the line end after its data, or a trailer. */
type Line = "size" | "after-data" | "trailer";

const sizeLine = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/;

/** How each kind of line may begin: one that begins otherwise is refused at once, instead of after a line end that may never come. */
const beginnings: Readonly<Record<Line, RegExp>> = {
  size: /^(?:[0-9A-Fa-f]{1,12}(?:[ \t]*|[ \t]*;[\t\x20-\x7e\x80-\xff]*)\r?)?$/,
  "after-data": /^\r?$/,
  trailer: /^(?:[\t\x20-\x7e\x80-\xff]*\r?)$/,
};

/** The chunked transfer coding (https://www.rfc-editor.org/rfc/rfc9112#section-7.1), split anywhere. Extensions and trailers are checked and dropped. */
export class ChunkedBody {
  /** Whether the end was read. */
  done = false;
  private next: Line = "size";
  /** Bytes of the chunk's data that are still to come. */
  private left = 0;
  private begun = "";
  private trailerBytes = 0;

  /** Passes data on and returns the position after what is of this body. Throws `protocol`. */
  read(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    let at = start;
    while (at < end && !this.done) {
      if (this.left > 0) {
        const stop = Math.min(end, at + this.left);
        this.left -= stop - at;
        sink.data(buffer, at, stop, false);
        at = stop;
      } else at = this.readLine(buffer, at, end);
    }
    return at;
  }

  private readLine(buffer: Buffer, start: number, end: number): number {
    const lineEnd = buffer.indexOf(10, start);
    const ended = lineEnd !== -1 && lineEnd < end;
    const stop = ended ? lineEnd + 1 : end;
    const line = this.begun + buffer.toString("latin1", start, stop);
    if (line.length > headLimitBytes) throw malformed("a shorter line between chunks", line);
    if (ended) {
      this.begun = "";
      this.takeLine(line);
    } else {
      if (!beginnings[this.next].test(line)) throw malformed(`a line of kind ${this.next}`, line);
      this.begun = line;
    }
    return stop;
  }

  private takeLine(line: string): void {
    switch (this.next) {
      case "size": {
        const size = sizeLine.exec(line)?.[1];
        if (size === undefined) throw malformed("the size of a chunk", line);
        this.left = Number.parseInt(size, 16);
        this.next = this.left === 0 ? "trailer" : "after-data";
        break;
      }
      case "after-data":
        if (line !== "\r\n") throw malformed("the end of a chunk", line);
        this.next = "size";
        break;
      case "trailer":
        this.trailerBytes += line.length;
        if (this.trailerBytes > headLimitBytes) throw malformed("fewer trailers", line);
        if (line === "\r\n") this.done = true;
        else if (!line.endsWith("\r\n") || !fieldLine.test(line.slice(0, -2))) throw malformed("a trailer", line);
    }
  }
}
