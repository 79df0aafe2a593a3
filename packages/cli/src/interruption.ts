import { exitCodes } from "./exit-codes.ts";

/** Ctrl-C and SIGTERM as a signal: the first one says `doing` and asks for an orderly end, the second one ends at once, and with us every process we have started. */
export function interruption(doing: string): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    process.stderr.write(`\ninterrupted: ${doing} (again to end at once)\n`);
    controller.abort();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.removeListener(name, interrupt);
    },
  };
}
