/** Whether this runs from a clone of the repository, whose sources are TypeScript; the npm package holds JavaScript. */
export const isClone: boolean = import.meta.url.endsWith(".ts");

/** What the program is called where it is started: `pnpm bench` in a clone, the package's own command elsewhere. */
export const programName: string = isClone ? "bench" : "agent-protocol-bench";
