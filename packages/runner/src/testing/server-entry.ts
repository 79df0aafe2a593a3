import type { Answer, Request } from "@apb/core/channel";

// A server process without a server: it says what it was started with, and may be told to misbehave by its binding's name.

const given = process.argv.slice(2);
const bindings = given.flatMap((flag, n) => (flag === "--binding" ? [given[n + 1] as string] : []));
let calls = 0;

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

process.on("message", ({ version, id, call }: Request<string>) => {
  const answer: Answer = { version, id, kind: "result", value: `${call} ${++calls}` };
  // More than a pipe holds.
  const words = bindings.includes("talks") ? "x".repeat(1_000_000) : "";
  process.stdout.write(words, () => process.send?.(answer));
});

for (const binding of bindings) {
  if (binding === "taken") say({ ready: false, error: "port 80 is taken" });
  else if (binding === "breaks") throw new Error("it broke");
  else if (binding !== "sleeps") say({ ready: true, binding, url: `http://fake/?${given.join(" ")}` });
}

process.on("disconnect", () => process.exit(0));
