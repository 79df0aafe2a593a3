import { mkdtemp, readdir, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Failure } from "@apb/core/failure";
import { abFiles } from "@apb/report/ab-store";
import { runFiles } from "@apb/report/read";
import { files } from "./catalog.ts";

/** The folder of a stored run by its path, by one of its files, or by its name in results/. Whether a run is in it, its reader says. */
export async function runFolder(text: string): Promise<string> {
  const given = resolve(text);
  if (await isFolder(given)) return given;
  const named = join(files.results, text);
  if (await isFolder(named)) return named;
  return [...Object.values(runFiles), abFiles.info, "report.md"].includes(basename(given)) ? dirname(given) : given;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Tries whether a run's folder can be made, or written where it is there already, before anything is measured: in the
 * nearest folder that exists. Throws `usage` with what is wrong: it is a file, it holds a run, or it cannot be written.
 */
export async function requireOutFolder(folder: string, write = writeInto): Promise<void> {
  await requireFolder({ flag: `--out ${folder}`, folder, mayHoldRun: false }, write);
}

/** Tries the same of the folder that files are to be written into whose names begin with this; it may hold a run. */
export async function requireCsvFolder(prefix: string, write = writeInto): Promise<void> {
  await requireFolder({ flag: `--csv ${prefix}`, folder: dirname(resolve(prefix)), mayHoldRun: true }, write);
}

/** Tries the same of the folder of a history, which may be there. */
export async function requireHistoryFolder(folder: string, write = writeInto): Promise<void> {
  await requireFolder({ flag: `--history ${folder}`, folder, mayHoldRun: true }, write);
}

/** A folder to be written into, and which flag says so. */
interface Wanted {
  readonly flag: string;
  readonly folder: string;
  readonly mayHoldRun: boolean;
}

async function requireFolder({ flag, folder, mayHoldRun }: Wanted, write: typeof writeInto): Promise<void> {
  const refuse = (what: string, cause?: unknown): Failure =>
    new Failure("usage", `${flag}: ${what}; name another folder`, { cause });
  try {
    const nearest = await nearestOf(folder);
    if (!nearest.isFolder) throw refuse(`${nearest.path} is a file, expected a folder`);
    if (!mayHoldRun && nearest.path === folder && (await holdsRun(folder)))
      throw refuse("expected a folder without a run");
    await write(nearest.path);
  } catch (error) {
    throw error instanceof Failure ? error : refuse(reasonOf(error), error);
  }
}

interface Nearest {
  readonly path: string;
  readonly isFolder: boolean;
}

/** The first on the way up that exists. */
async function nearestOf(path: string): Promise<Nearest> {
  try {
    return { path, isFolder: (await stat(path)).isDirectory() };
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes(codeOf(error)) || dirname(path) === path) throw error;
    return nearestOf(dirname(path));
  }
}

async function holdsRun(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return Object.values(runFiles).some((name) => names.includes(name));
}

/** Asking whether one may does not tell all that can be wrong; `mkdir` of several levels tells it wrongly (ENOENT on a read-only mount). */
async function writeInto(folder: string): Promise<void> {
  await rmdir(await mkdtemp(join(folder, ".bench-")));
}

/** A system's error in words. */
function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case "EROFS":
      return "it is on a file system that is mounted read-only";
    case "EACCES":
    case "EPERM":
      return `it cannot be written by this user (uid ${process.getuid?.() ?? "unknown"})`;
    case "ENOSPC":
    case "EDQUOT":
      return "there is no space left";
    default:
      return `it cannot be written (${error instanceof Error ? error.message : String(error)})`;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
