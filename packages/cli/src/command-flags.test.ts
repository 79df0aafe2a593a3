import { commandIn } from "@apb/core/command-url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommandFlags, commandOf, commandWords } from "./command-flags.ts";

const serve = "node my-server.js {port}";
const target = "http://localhost:{port}/mcp";

const http = [{ id: "mcp/jsonrpc" }];
const stdio = [{ id: "mcp/stdio" }];

describe("commandWords", () => {
  it.each<[text: string, words: readonly string[]]>([
    ["node my-server.js {port}", ["node", "my-server.js", "{port}"]],
    ["  node\tx ", ["node", "x"]],
    [`'/my tools/server' --name="a \\"b\\" c"d`, ["/my tools/server", '--name=a "b" cd']],
    [`sh -c 'cd /x && exec ./server $PORT'`, ["sh", "-c", "cd /x && exec ./server $PORT"]],
    ["server a\\ b \\'", ["server", "a b", "'"]],
    ["server '' [x] ~ {a,b} x=1 *.js a?b $", ["server", "", "[x]", "~", "{a,b}", "x=1", "*.js", "a?b", "$"]],
  ])("%s", (text, words) => {
    expect(commandWords(text)).toEqual(words);
  });

  it("takes what is in single quotes as it is", () => {
    const inQuotes = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        expect(commandWords(["program", ...args.map(inQuotes)].join(" "))).toEqual(["program", ...args]);
      }),
    );
  });
});

describe("commandOf", () => {
  it.each<[name: string, flags: CommandFlags]>([
    ["nothing", {}],
    ["a server that runs", { target: "http://localhost:1", pid: 7 }],
  ])("has nothing to start for %s", (_name, flags) => {
    expect(commandOf(flags, http)).toBeNull();
  });

  it("is what starts it, where it answers, and how long that may take", () => {
    const words = ["node", "my-server.js", "{port}"];
    expect(commandOf({ serve, target }, http)).toEqual({ text: serve, words, env: {}, url: target, startMs: 30_000 });
    const fixed = { serve: "server", target: "http://localhost:1", serveEnv: { A: "b" }, serveTimeout: 5 };
    expect(commandOf(fixed, http)).toMatchObject({ words: ["server"], env: { A: "b" }, startMs: 5 });
    expect(commandOf({ serve: "server", serveEnv: { PORT: "{port}" }, target }, http)).toMatchObject({
      words: ["server"],
    });
  });

  it.each<[name: string, flags: CommandFlags, message: RegExp]>([
    ["no target", { serve }, /^--serve needs --target, where its server answers, like \S+$/],
    ["a process that is known", { serve, target, pid: 1 }, /^--pid is of a server that runs already/],
    [
      "a port of the command's alone",
      { serve, target: "localhost:1" },
      /^\{port} is .* --serve has it and --target has not; write/,
    ],
    [
      "a port of the target's alone",
      { serve: "server", target },
      /^\{port} is .* --target has it and neither .* has; write/,
    ],
    ["variables for nothing", { serveEnv: { A: "secret" } }, /^--serve-env is for a server that --serve starts/],
    ["a limit of nothing", { target: "localhost:1", serveTimeout: 5 }, /^--serve-timeout is for a server that/],
    ["a free port for nothing", { target }, /^\{port} in --target is the port of a server that --serve starts/],
    ["no program", { serve: " ", target }, /^--serve names no program/],
    ["an empty program", { serve: "'' x", target }, /^--serve names no program/],
    ["an open quote", { serve: "node 'my server.js", target }, /^--serve has a quotation mark that is not closed$/],
    [
      "a variable",
      { serve: "node $HOME/secret", target },
      /^--serve is started without a shell.* knows \$HOME; put it in/,
    ],
    ["a variable in quotes", { serve: 'node "$HOME"', target }, /^--serve is started .* knows \$HOME; put it in/],
    [
      "two commands",
      { serve: "build && server", target },
      /^--serve is started .* knows &&; put it in single quotes, or start sh -c/,
    ],
    ["a redirection", { serve: "server >log", target }, /^--serve is started .* knows >; put it in/],
    ["a remark", { serve: "server # mine", target }, /^--serve is started .* knows #; put it in/],
    ["an assignment", { serve: "KEY=secret node x", target }, /^--serve begins .* set KEY by --serve-env KEY=VALUE$/],
  ])("refuses %s", (_name, flags, message) => {
    let said: unknown = null;
    try {
      commandOf(flags, http);
    } catch (error) {
      said = error;
    }
    expect(said).toMatchObject({ kind: "usage", sentence: expect.stringMatching(message) });
    expect(String(said)).not.toContain("secret");
  });
});

describe("commandOf, over stdio", () => {
  it("is what starts each session, at an address that says so", () => {
    const command = commandOf({ serve: "node 'my server.js'", serveEnv: { A: "b" } }, stdio);
    expect(command).toMatchObject({ words: ["node", "my server.js"], env: { A: "b" }, startMs: 30_000 });
    expect(commandIn(command?.url as string)).toEqual({ words: ["node", "my server.js"], env: { A: "b" } });
    expect(commandOf({}, stdio)).toBeNull();
  });

  it("is of one binding", () => {
    expect(() => commandOf({ serve: "server" }, [...http, ...stdio])).toThrow("it speaks one binding: mcp/stdio");
  });

  it.each<[name: string, flags: CommandFlags, message: RegExp]>([
    ["a target", { serve, target }, /^mcp\/stdio has no address: its clients start the server; name its command/],
    ["a target alone", { target }, /^mcp\/stdio has no address/],
    [
      "a process",
      { serve: "server", pid: 1 },
      /^every session of mcp\/stdio is a process of its own.*leave --pid out$/,
    ],
    ["a port", { serve }, /^mcp\/stdio has no address, and so no port: leave \{port} out$/],
    ["variables for nothing", { serveEnv: { A: "secret" } }, /^--serve-env is for a server that --serve starts/],
  ])("refuses %s", (_name, flags, message) => {
    expect(() => commandOf(flags, stdio)).toThrow(
      expect.objectContaining({ sentence: expect.stringMatching(message) }),
    );
  });
});
