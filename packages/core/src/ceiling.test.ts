import { expect, it } from "vitest";
import { type Ceiling, ceilingOf } from "./ceiling.ts";

const measured = { users: 10, sizeBytes: 1024, operationsPerSecond: 20_000, missing: null };
const ceilings: readonly Ceiling[] = [
  { ...measured, transport: "HTTP/1.1", client: "library" },
  { ...measured, transport: "HTTP/1.1", client: "wire" },
];
const bindings = { "one/rest": { transport: "rest" }, "two/grpc": { transport: "grpc" } } as const;

it.each([
  ["one by the library", "one/rest", "library", ceilings[0]],
  ["another client", "one/rest", "wire", ceilings[1]],
  ["a carrier without a ceiling", "two/grpc", "wire", null],
  ["a binding that the run does not have", "six/rest", "wire", null],
] as const)("finds a cell's ceiling by carrier and client: %s", (_, binding, client, ceiling) => {
  expect(ceilingOf({ ceilings, bindings }, { binding, client })).toBe(ceiling);
});
