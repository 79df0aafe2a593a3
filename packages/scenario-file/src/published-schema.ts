import { z } from "zod";
import { scenarioSchema } from "./scenario-schema.ts";

/** Where in a text an expression stands: an editor cannot know what comes of it. */
const withExpression = String.raw`\$\{`;

/** The JSON Schema (draft 2020-12) of scenario files for editors, as the text that its file holds. */
export function publishedSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(scenarioSchema, {
    ...{ io: "input", reused: "ref" },
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
      allowExpression(jsonSchema);
    },
  });
  const title = "A scenario file: who does what, how hard, and what must hold";
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

/** A number, or a text of a certain form, may be said by an expression. Zod may show a schema twice. */
function allowExpression(schema: z.core.JSONSchema.BaseSchema): void {
  if (typeof schema.pattern === "string" && !schema.pattern.includes(withExpression))
    schema.pattern = `${schema.pattern}|${withExpression}`;
  if (schema.type !== "number" && schema.type !== "integer") return;
  schema.type = [schema.type, "string"];
  schema.pattern = withExpression;
}
