import { GatheredBytes } from "./gathered-bytes.ts";
import { tooLarge } from "./limits.ts";

const lineEnd = 10;

/** Bytes → lines of UTF-8, each given without its end as soon as that has come. */
export class Lines {
  private readonly take: (line: string) => void;
  private readonly mostBytes: number;
  private readonly unfinished = new GatheredBytes();

  /** `take` is given each line of up to `mostBytes`. */
  constructor(take: (line: string) => void, mostBytes: number) {
    this.take = take;
    this.mostBytes = mostBytes;
  }

  /** Takes the next bytes. Throws `protocol` as soon as a line is longer than it may be, and what `take` throws. */
  read(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
      this.take(this.line(bytes, start, end));
      start = end + 1;
    }
    if (start < bytes.length) this.unfinished.addWithin(this.mostBytes, bytes, start, bytes.length);
  }

  private line(bytes: Buffer, start: number, end: number): string {
    const { unfinished } = this;
    if (unfinished.length === 0) {
      if (end - start > this.mostBytes) throw tooLarge(this.mostBytes);
      return bytes.toString("utf8", start, end);
    }
    unfinished.addWithin(this.mostBytes, bytes, start, end);
    const line = unfinished.bytes.toString("utf8");
    unfinished.drop(unfinished.length);
    return line;
  }
}
