import { Failure } from "@apb/core/failure";
import { expect, it } from "vitest";
import { discretionOf } from "./secrets.ts";
import { YamlSource } from "./source.ts";

const source = new YamlSource("secrets: [TOKEN]", "a.yaml");
const names = { env: ["TOKEN", "USER", "MODE"], vars: ["session"], data: {} };
const scope = {
  ...{ env: { TOKEN: "t0ps3cret", USER: "anna-maria", MODE: "test" }, vars: { session: "abc-123-def" } },
  ...{ data: {}, vu: 0, iteration: 0 },
};
const refusal = "no t0ps3cret of anna-maria in abc-123-def, said the test";

it("takes secrets of 8 characters and more out of what a server says, and nothing else", async () => {
  const { quiet, quietly } = discretionOf(["TOKEN", "session", "MODE"], names, source);
  const masked = "[agent] no *** of anna-maria in ***, said the test";
  await expect(quiet(Promise.reject(new Failure("agent", refusal)), scope)).rejects.toThrow(masked);
  async function* stream() {
    yield 1;
    throw new Failure("agent", refusal);
  }
  const heard: number[] = [];
  const listening = (async () => {
    for await (const one of quietly(stream(), scope)) heard.push(one);
  })();
  await expect(listening).rejects.toThrow(masked);
  expect(heard).toEqual([1]);
  expect(await quiet(Promise.resolve("t0ps3cret"), scope)).toBe("t0ps3cret");
});

it("leaves everything as it is where a file has no secrets", async () => {
  const { quiet } = discretionOf([], names, source);
  const work = Promise.resolve(1);
  expect(quiet(work, scope)).toBe(work);
});
