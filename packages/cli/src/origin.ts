/** Defined where the npm package is built, and only there. */
declare const PACKAGED: true | undefined;

/** Whether this runs in a clone of the repository, not from the npm package. */
export const isClone: boolean = typeof PACKAGED === "undefined";

/** What the program is called where it is started: `pnpm bench` in a clone, the package's own command elsewhere. */
export const programName: string = isClone ? "bench" : "agent-protocol-bench";
