import { writeFile } from "node:fs/promises";
import { publishedSchema } from "./published-schema.ts";

await writeFile(new URL("../schemas/scenario.schema.json", import.meta.url), publishedSchema());
