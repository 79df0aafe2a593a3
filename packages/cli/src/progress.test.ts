import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { widthOf } from "@apb/report/listing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { progress } from "./progress.ts";
import { tiny } from "./testing/bench-process.ts";
import { atTerminal, hasTerminals } from "./testing/bench-terminal.ts";

/** A terminal of so many columns, and what was written to it. */
class FakeTerminal extends Writable {
  readonly isTTY = true;
  readonly written: string[] = [];
  columns: number;

  constructor(columns: number) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }

  cursorTo = (): boolean => true;
  moveCursor = (): boolean => true;
  clearLine = (): boolean => true;

  resize(columns: number): void {
    this.columns = columns;
    this.emit("resize");
  }

  get text(): string {
    return this.written.join("");
  }
}

const frozen = (): number => 0;
const usual = { TERM: "xterm" };

function progressOn(terminal: FakeTerminal, env: NodeJS.ProcessEnv = usual) {
  return progress({ groups: [], holes: [], limits: [] }, terminal as unknown as NodeJS.WriteStream, frozen, env);
}

const long = "측정하는 중입니다: 한국어로 된 아주 긴 문장은 한 줄을 넘지 않아야 합니다, even in a narrow terminal";

describe("progress", () => {
  it.each<[what: string, columns: number, env: NodeJS.ProcessEnv]>([
    ["a terminal of no columns", 0, usual],
    ["a terminal too narrow for a line", 10, usual],
    ["continuous integration", 80, { ...usual, CI: "true" }],
    ["a terminal that cannot move its cursor", 80, { TERM: "dumb" }],
  ])("prints plain lines on %s", (_what, columns, env) => {
    const terminal = new FakeTerminal(columns);
    const shown = progressOn(terminal, env);
    shown.prepare(long);
    shown.note("warning");
    shown.end();
    expect(terminal.text).toBe(`${long}\nwarning\n`);
  });

  it.each([20, 40, 80])("keeps the live line within %d columns, whatever is written in it", (columns) => {
    const terminal = new FakeTerminal(columns);
    const shown = progressOn(terminal);
    shown.prepare(long);
    shown.note("warning");
    shown.end();
    const lines = terminal.written.map(stripVTControlCharacters);
    expect(lines.filter((line) => line.includes("측정"))).not.toEqual([]);
    for (const line of lines) expect(widthOf(line)).toBeLessThan(columns);
    expect(lines).toContain("warning\n");
  });

  it("fits the line to a terminal that becomes narrower, and gives it up in one of no columns", () => {
    const terminal = new FakeTerminal(80);
    const shown = progressOn(terminal);
    shown.prepare(long);
    shown.note("one");
    terminal.written.length = 0;
    terminal.resize(30);
    shown.note("two");
    for (const line of terminal.written) expect(widthOf(stripVTControlCharacters(line))).toBeLessThan(30);
    terminal.resize(0);
    terminal.written.length = 0;
    shown.note("three");
    shown.prepare("four");
    shown.end();
    expect(terminal.text).toBe("three\nfour\n");
  });
});

describe.runIf(hasTerminals)("bench run at a terminal", () => {
  let folder = "";
  let args: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bench-test-"));
    const short = [...tiny, "--binding", "mcp/jsonrpc", "--scenario", "workflow", "--rounds", "200"];
    args = ["run", ...short, "--out", join(folder, "run")];
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("of no columns prints plain lines and heeds Ctrl-C", async () => {
    const { code, text } = await atTerminal(0, args, /\[2\/200/);
    expect(code).toBe(130);
    expect(text).toContain("interrupted");
    expect(text).not.toContain("\u001b");
  }, 60_000);

  it("has no colours with NO_COLOR, not even in its spinner", async () => {
    const { code, text } = await atTerminal(100, args, /\[2\/200/);
    expect(code).toBe(130);
    const codes = text.split("\u001b").slice(1);
    expect(codes.length).toBeGreaterThan(10);
    // What ends in m has to do with colours; the rest moves the cursor.
    expect(codes.filter((code) => /^\[[\d;]*m/.test(code))).toEqual([]);
  }, 60_000);
});
