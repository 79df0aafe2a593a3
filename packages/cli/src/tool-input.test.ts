import { jsonBody } from "@apb/core/body";
import { expect, it } from "vitest";
import { misfit } from "./tool-input.ts";

const schema = {
  type: "object",
  properties: { document: { type: "string" }, top: { type: "integer" } },
  required: ["document"],
};
const inputs = { word_count: schema, odd: { type: "nonsense" } };

it.each([
  ["word_count", jsonBody({ document: "a", top: 1 }), null],
  [
    "word_count",
    jsonBody({ document: "a", top: "1" }),
    "--body does not fit what word_count takes: it/top must be integer",
  ],
  ["word_count", "a text", 'a text goes as {"text": …}, of which it must have required property'],
  ["odd", jsonBody({}), null],
])("%s of %j", (agent, body, warning) => {
  const said = misfit({ agent, body, expect: [] }, inputs);
  if (warning === null) expect(said).toBeNull();
  else expect(said).toContain(warning);
});

it("names what there is, and what was meant, for a tool that is not there", () => {
  expect(() => misfit({ agent: "word_cuont", body: null, expect: [] }, inputs)).toThrow(
    "the server has no agent or tool word_cuont; it has word_count, odd; is it word_count?; name one of them with --agent",
  );
});
