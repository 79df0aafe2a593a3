import type { OpenedResult } from "@apb/core/cell";
import type { Server } from "./server.ts";
import type { UsageWatch } from "./usage-series.ts";

/** What a server holds at a moment, its garbage collected where it can be asked to. */
export interface Holding {
  /** Live objects of its heap with what hangs on them; null where it cannot be asked. */
  readonly heapBytes: number | null;
  /** Null where nobody watches it. */
  readonly rssBytes: number | null;
}

/** What it held before the window and behind the load; null where it was not read, as when it had ended. */
export interface Held {
  readonly before: Holding | null;
  readonly after: Holding | null;
}

/** Asks it now. Null where it does not answer. */
export async function holdingOf(
  { collect }: Pick<Server, "collect">,
  usage: Pick<UsageWatch, "sample"> | null,
): Promise<Holding | null> {
  try {
    const heapBytes = collect === undefined ? null : await collect();
    return { heapBytes, rssBytes: usage === null ? null : (await usage.sample()).rssBytes };
  } catch {
    return null;
  }
}

/** Fewer sessions than this disappear in what a server's memory does by itself. */
const leastSessions = 100;
/** A live heap moves by a tenth of a MiB under a steady load; in its first seconds code and caches add up to one. */
const heapNoiseBytes = 1024 * 1024;
/**
 * Resident memory has garbage in it, and pages that V8 keeps. With every session closed it rose by up to 12 MiB in the reference
 * servers and 30 MiB in those on SDKs, both told to collect, and by 57 MiB in one that was not.
 */
const rssNoiseBytes = 64 * 1024 * 1024;

/** One of the two memories: what it is called, what of its rise is noise, and why it is not known where it is not. */
interface Memory {
  readonly what: string;
  readonly key: keyof Holding;
  readonly noiseBytes: number;
  readonly unknown: string;
}

/** What came of sessions that iterations opened, with the reason for each null. Pure. */
export function openedResult(
  left: number,
  held: Held,
  noPidReason: string,
): { readonly opened: OpenedResult; readonly missing: Readonly<Record<string, string>> } {
  const rss = judged(left, held, {
    ...{ what: "memory", key: "rssBytes", unknown: noPidReason },
    noiseBytes: rssNoiseBytes,
  });
  const heap = judged(left, held, {
    ...{ what: "heap", key: "heapBytes", unknown: "only a bundled server that is one process can be asked for it" },
    noiseBytes: heapNoiseBytes,
  });
  return {
    opened: {
      left,
      ...{ rssRoseBytes: rss.rose, heapRoseBytes: heap.rose },
      ...{ rssBytesPerSession: rss.each, heapBytesPerSession: heap.each },
    },
    missing: {
      ...missingOf("opened.rss", rss),
      ...missingOf("opened.heap", heap),
    },
  };
}

/** What it rose by, in all and for each session, and why the one or the other is null. */
interface Judged {
  readonly rose: number | null;
  readonly each: number | null;
  readonly missing: string;
}

function judged(left: number, { before, after }: Held, { what, key, noiseBytes, unknown }: Memory): Judged {
  const none = { rose: null, each: null };
  if (before === null || after === null) return { ...none, missing: `${what} kept: the server did not answer in time` };
  const [from, to] = [before[key], after[key]];
  if (from === null || to === null) return { ...none, missing: `${what} kept: ${unknown}` };
  const rose = to - from;
  if (left === 0) return { rose, each: null, missing: "kept a session: all sessions were closed" };
  if (left < leastSessions)
    return {
      rose,
      each: null,
      missing: `kept a session: fewer than ${leastSessions} were left open, which tell nothing`,
    };
  if (rose >= noiseBytes) return { rose, each: Math.round(rose / left), missing: "" };
  const noise = `${noiseBytes / 1024 / 1024} MiB`;
  const missing = `${what} kept a session: all of them together took less than a server's ${what} changes by itself (${noise}); use a higher --rate or a longer --duration`;
  return { rose, each: null, missing };
}

function missingOf(field: string, { rose, each, missing }: Judged): Readonly<Record<string, string>> {
  return {
    ...(rose === null ? { [`${field}RoseBytes`]: missing } : {}),
    ...(each === null ? { [`${field}BytesPerSession`]: missing } : {}),
  };
}
