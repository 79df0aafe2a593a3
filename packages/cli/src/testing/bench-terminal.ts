import { spawn, spawnSync } from "node:child_process";
import { benchCommand, childrenOf } from "./bench-process.ts";

/** For tests: whether this system has the program that runs another at a terminal of its own. */
export const hasTerminals = spawnSync("script", ["--version"]).stdout?.includes("util-linux") === true;

/** More than any run says: a program that floods its terminal is ended. */
const mostCharacters = 200_000;

/**
 * Starts the program at a terminal of so many columns, without colours, presses Ctrl-C once the terminal has shown
 * `until`, and resolves with the exit code and all that was shown. It is killed when it shows too much, or takes too long.
 */
export async function atTerminal(
  columns: number,
  args: readonly string[],
  until: RegExp,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { CI: _, FORCE_COLOR: __, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: "1", TERM: "xterm" };
  const quoted = benchCommand(args).map((word) => `'${word}'`);
  const script = `stty cols ${columns} rows 24; exec ${quoted.join(" ")}`;
  const child = spawn("script", ["-qefc", script, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
  const kill = async (): Promise<void> => {
    for (const pid of (await childrenOf(child.pid as number)).keys()) process.kill(pid, "SIGKILL");
  };
  const tooLong = setTimeout(kill, 30_000);
  let text = "";
  let pressed = false;
  child.stdout.setEncoding("utf8").on("data", (shown: string) => {
    if (text.length > mostCharacters) return;
    text += shown;
    if (text.length > mostCharacters) void kill();
    if (pressed || !until.test(text)) return;
    pressed = true;
    child.stdin.write("\u0003");
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(tooLong);
  return { code, text };
}
