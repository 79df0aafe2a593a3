import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@apb/core/failure";
import type { History, HistoryLine } from "./history.ts";
import { historyVersion } from "./history-point.ts";
import { historySchema } from "./history-schema.ts";
import { checked } from "./read.ts";
import { fitting, written } from "./store.ts";

/** The file of a history's folder. */
export const historyFile = "history.jsonl";

/**
 * Adds lines to a history, all in one write at the file's end: on a local file system two writers come one after the other,
 * since each write holds the file. It begins with a line end, so that it never joins a line that a killed writer or a full
 * disk has cut off. Makes the folder where there is none. Throws `internal`, and writes nothing, when a line does not fit
 * the schema, `environment` when the disk is full or the folder cannot be written.
 */
export async function appendHistory(folder: string, lines: readonly HistoryLine[]): Promise<void> {
  const texts = lines.map((line) => JSON.stringify(fitting(historySchema, line, "a line of a history")));
  const bytes = Buffer.from(`\n${texts.join("\n")}\n`);
  const path = join(folder, historyFile);
  await written(folder, () => mkdir(folder, { recursive: true }));
  await written(path, async () => {
    await using file = await open(path, "a");
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were taken`);
    await file.sync();
  });
}

/**
 * A stored history; null where there is none. A line that was cut off becomes a note, wherever it is: others may have
 * written after it. Throws `usage`, with file, line and what was expected, for everything else that is wrong in it.
 */
export async function readHistory(folder: string): Promise<History | null> {
  const file = join(folder, historyFile);
  const content = await contentOf(file);
  return content === null ? null : parsedHistory(content, file);
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    if (code === "ENOENT") return null;
    throw new Failure("usage", `${file}: expected a file that can be read, got ${code}`, { cause });
  }
}

function parsedHistory(content: string, file: string): History {
  const points: History["points"][number][] = [];
  const accepted: History["accepted"][number][] = [];
  const notes: string[] = [];
  for (const [index, text] of content.split("\n").entries()) {
    if (text.trim() === "") continue;
    const where = `${file}, line ${index + 1}`;
    const value = jsonOf(text);
    if (value === undefined) {
      notes.push(
        `${where} was cut off and is left out: its writer was killed, or the disk was full; add that run again`,
      );
      continue;
    }
    const line: HistoryLine = checked(historySchema, value, where, historyVersion);
    if (line.kind === "point") points.push(line);
    else accepted.push(line);
  }
  return { points, accepted, notes };
}

/** Undefined where it is no JSON: the beginning of an object never is. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
