/** Of what a process says, no more than this is kept. */
const mostSaid = 16_384;

/** The end of what a process said, kept to tell why it ended. */
export class LastWords {
  private said = "";

  hear(text: string): void {
    this.said = (this.said + text).slice(-mostSaid);
  }

  /** What tells most of it: the error, which Node prints above a stack and its own version, or the last lines. Empty when nothing was said. */
  get gist(): string {
    const lines = this.said.split("\n").filter((line) => line.trim() !== "");
    return lines.findLast((line) => /^(\S*Error|Failure|FATAL ERROR)\b/.test(line)) ?? lines.slice(-3).join(" | ");
  }
}

/** How a process that has ended did so, as Node tells of it. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/** The same in words, with what it said last: `exit code 1: Error: no such file`. */
export function endText({ exitCode, signalCode }: Ended, said: string): string {
  return `${signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`}${said === "" ? "" : `: ${said}`}`;
}
