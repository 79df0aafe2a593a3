import { z } from "zod";
import { abCellSchema, abSchema } from "./ab-schema.ts";
import { cellSchema } from "./cell-schema.ts";
import { historySchema } from "./history-schema.ts";
import { runSchema } from "./run-schema.ts";
import { secondSchema } from "./series-schema.ts";

/** The published JSON Schemas (draft 2020-12) by file name, as the text that the files hold. */
export function publishedSchemas(): Readonly<Record<string, string>> {
  return {
    "run.v2.schema.json": jsonSchema(runSchema, "run.json: everything about a run but its cells"),
    "cell.v2.schema.json": jsonSchema(cellSchema, "One line of cells.jsonl: one measured cell, or why there is none"),
    "ab.v1.schema.json": jsonSchema(abSchema, "ab.json: everything about an A/B but its cells"),
    "ab-cell.v2.schema.json": jsonSchema(abCellSchema, "One line of an A/B's cells.jsonl: a cell of one of its sides"),
    "history.v1.schema.json": jsonSchema(
      historySchema,
      "One line of history.jsonl: what was measured in a night, or which night is the baseline",
    ),
    "second.v2.schema.json": jsonSchema(secondSchema, "One line of series.jsonl: one second of a cell's window"),
  };
}

function jsonSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    // "readOnly" would tell a validator's user about a TypeScript type, not about the file.
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
