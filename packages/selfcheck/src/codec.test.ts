import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { messages } from "./messages.ts";

describe.each(messages)("$name, $encoding", ({ encode, decode }) => {
  it.each([
    ["nothing", ""],
    ["Unicode", '"한국어" 🤖\u0000\n'],
    ["100 KiB", "x".repeat(102_400)],
  ])("gives %s back", (_, text) => {
    expect(decode(encode(text))).toBe(text);
  });

  it("refuses what carries no text", () => {
    expect(() => decode(Buffer.from("[1]"))).toThrow();
  });
});

describe("bench:codec", () => {
  it("prints a line of numbers for every message and size", async () => {
    const codec = `${inject("programs")}/codec.js`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--enable-source-maps", codec, "--quick"]);
    const lines = stdout.split("\n").filter((line) => /^\d+ KiB /.test(line));
    expect(lines).toHaveLength(messages.length * 3);
    for (const line of lines) {
      const [bytes, ...times] =
        line
          .replaceAll(",", "")
          .match(/\d+(\.\d+)?(?=\s|$)/g)
          ?.slice(-5)
          .map(Number) ?? [];
      expect(bytes).toBeGreaterThan(Number.parseInt(line, 10) * 1024);
      for (const time of times) expect(time).toBeGreaterThan(0);
      expect(times).toHaveLength(4);
    }
  });
});
