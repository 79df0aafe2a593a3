import { writeFile } from "node:fs/promises";
import { publishedSchemas } from "./published-schemas.ts";

for (const [file, text] of Object.entries(publishedSchemas())) {
  await writeFile(new URL(`../schemas/${file}`, import.meta.url), text);
}
