import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openScenarioFile } from "./open-file.ts";
import { publishedSchema } from "./published-schema.ts";

const schema = new URL("../schemas/scenario.schema.json", import.meta.url);
const folder = fileURLToPath(new URL("../../../examples/", import.meta.url));
const examples = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".yaml"));

describe("the published schema", () => {
  const accepts = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false }).compile(
    JSON.parse(publishedSchema()),
  );

  it("is up to date (run: pnpm schema)", async () => {
    expect(await readFile(schema, "utf8")).toBe(publishedSchema());
  });

  it.each(examples)("accepts %s, which says where the schema is, and which can be run", async (file) => {
    const text = await readFile(join(folder, file), "utf8");
    expect(accepts(parse(text)), JSON.stringify(accepts.errors)).toBe(true);
    const [, said = ""] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text) ?? [];
    expect(new URL(said, new URL(`file://${folder}${file}`)).href).toBe(schema.href);
    const { scenario, sha256 } = await openScenarioFile(join(folder, file), {});
    expect(file).toContain(scenario.name);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(scenario.shows).not.toMatch(/^what \S+ says$/);
  });

  it.each<[name: string, file: unknown]>([
    ["a duration without a unit", { tasks: [{ call: "echo" }], duration: 5 }],
    ["a step that says nothing to do", { tasks: [{ weight: 1 }] }],
    ["a key nobody knows", { tasks: [{ call: "echo" }], threshold: {} }],
    ["an executor nobody has", { tasks: [{ call: "echo" }], scenarios: { a: { executor: "x" } } }],
  ])("refuses %s", (_name, file) => {
    expect(accepts(file)).toBe(false);
  });
});
