import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Failure } from "@apb/core/failure";
import { readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { files } from "./catalog.ts";
import { mishap } from "./exit-codes.ts";

/** Writes a stored run's table between the markers of the README, so that nobody types it: `pnpm readme <run>`. */
const markers = /(<!-- table:begin -->\n)[\s\S]*?(<!-- table:end -->)/;

async function writeTable(folder: string | undefined): Promise<void> {
  if (folder === undefined)
    throw new Failure("usage", "expected the folder of a run, like results/2026-11-21T06-51-58-quick");
  const file = join(files.root, "README.md");
  const readme = await readFile(file, "utf8");
  if (!markers.test(readme)) throw new Failure("usage", `${file} has no table:begin and table:end markers`);
  const table = reporters.table(await readRun(resolve(folder)));
  await writeFile(
    file,
    readme.replace(markers, (_whole, begin, end) => `${begin}\`\`\`\n${table.trimEnd()}\n\`\`\`\n${end}`),
  );
}

await writeTable(process.argv[2]).catch((error) => {
  process.exitCode = mishap(error);
});
