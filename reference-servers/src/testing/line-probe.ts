import { PassThrough } from "node:stream";

/** One client on the input and output of a server in this process. */
export interface LineProbe {
  readonly input: PassThrough;
  readonly output: PassThrough;
  /** Writes bytes as they are. */
  write(bytes: string | Buffer): void;
  /** The next line that the server says, parsed. */
  next(): Promise<unknown>;
}

/** A server that is given these streams, as a process would give it its own. */
export function probeLines(serve: (input: PassThrough, output: PassThrough) => void): LineProbe {
  const input = new PassThrough();
  const output = new PassThrough();
  const lines: string[] = [];
  let rest = "";
  let wake: () => void = () => undefined;
  output.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString("utf8")).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    wake();
  });
  serve(input, output);
  return {
    input,
    output,
    write: (bytes) => void input.write(bytes),
    async next() {
      for (;;) {
        const line = lines.shift();
        if (line !== undefined) return JSON.parse(line);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
