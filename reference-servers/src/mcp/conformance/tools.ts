import { setTimeout as wait } from "node:timers/promises";
import { audio, embedded, image, text } from "./content.ts";
import { type Asked, noArguments, type Outcome, type Tool, textArgument } from "./fixture.ts";

/** What the suite asks to lie between two notifications. */
const pauseMs = 50;

/** As text: an object with a property `then` would pass for a promise. */
const richSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "$defs": {
    "address": {
      "$anchor": "addressDef",
      "type": "object",
      "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
    }
  },
  "properties": {
    "name": { "type": "string" },
    "address": { "$ref": "#/$defs/address" },
    "contactMethod": { "type": "string", "enum": ["phone", "email"] },
    "phone": { "type": "string" },
    "email": { "type": "string" }
  },
  "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
  "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
  "then": { "required": ["phone"] },
  "else": { "required": ["email"] },
  "additionalProperties": false
}`;

/** The tools that say the same in every revision. */
export const tools: readonly Tool[] = [
  fixed("test_simple_text", "Answers with a text.", text("This is a simple text response for testing.")),
  fixed("test_image_content", "Answers with a picture.", image),
  fixed("test_audio_content", "Answers with a sound.", audio),
  fixed(
    "test_embedded_resource",
    "Answers with a resource.",
    embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
  ),
  fixed(
    "test_multiple_content_types",
    "Answers with a text, a picture and a resource.",
    text("Multiple content types test:"),
    image,
    embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
  ),
  {
    name: "test_error_handling",
    description: "Fails.",
    inputSchema: noArguments,
    call: () => failed("This tool intentionally returns an error for testing"),
  },
  {
    name: "test_tool_with_progress",
    description: "Reports its progress while it works.",
    inputSchema: noArguments,
    call: reportProgress,
  },
  { name: "test_tool_with_logging", description: "Logs while it works.", inputSchema: noArguments, call: logThrice },
  { name: "test_logging_tool", description: "Logs while it works.", inputSchema: noArguments, call: logThrice },
  {
    name: "test_header_parameter",
    description: "Repeats the region, which is also to be sent as a header.",
    inputSchema: {
      type: "object",
      properties: { region: { type: "string", "x-mcp-header": "Region" } },
      required: ["region"],
    },
    call: (asked) => said(textArgument(asked, "region")),
  },
  {
    name: "json_schema_2020_12_tool",
    description: "Has a schema with many of the keywords of JSON Schema 2020-12.",
    inputSchema: JSON.parse(richSchema),
    call: (asked) => said(`Called for ${textArgument(asked, "name")}`),
  },
];

/** A tool's result that is one text. */
export function said(value: string): Outcome {
  return { result: { content: [text(value)] } };
}

/** The result of a tool that could not do its work (Tools, "Error Handling"). */
export function failed(why: string): Outcome {
  return { result: { content: [text(why)], isError: true } };
}

function fixed(name: string, description: string, ...content: readonly object[]): Tool {
  return { name, description, inputSchema: noArguments, call: () => ({ result: { content } }) };
}

async function reportProgress({ params, signal, notify }: Asked): Promise<Outcome> {
  const { progressToken } = (params._meta ?? {}) as { progressToken?: unknown };
  for (const progress of [0, 50, 100]) {
    if (progress > 0) await wait(pauseMs, undefined, { signal });
    if (progressToken !== undefined) notify("notifications/progress", { progressToken, progress, total: 100 });
  }
  return said("The work is done.");
}

async function logThrice({ signal, log }: Asked): Promise<Outcome> {
  log("Tool execution started");
  await wait(pauseMs, undefined, { signal });
  log("Tool processing data");
  await wait(pauseMs, undefined, { signal });
  log("Tool execution completed");
  return said("The work is done.");
}
