import type { Case } from "@apb/core/cell";

/** Shown where there is no value; a mark in its line leads to the reason. */
export const notApplicable = "n/a";

/** Shown where the line says already why there is nothing. */
export const noValue = "–";

/** Shown where measuring failed. */
export const failed = "failed";

const bytesPerKib = 1024;
const bytesPerMib = 1024 * 1024;

/** Beside a change that is a loss, and one that is a gain. */
export const worseSign = "✗";
export const betterSign = "✓";

/** A number of any unit to three significant digits, thousands whole; a value too small to show is `<0.001`, never 0. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.0005) return value < 0 ? ">−0.001" : "<0.001";
  const rounded = Math.abs(Number(size.toPrecision(3)));
  const decimals = size === 0 || rounded >= 100 ? 0 : rounded < 1 ? 3 : rounded < 10 ? 2 : 1;
  return signed(value, size, decimals);
}

/** A count, whole. */
export function whole(value: number): string {
  return signed(value, Math.abs(value), 0);
}

function signed(value: number, size: number, decimals: number): string {
  const digits = size.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return value < 0 ? `−${digits}` : digits;
}

/** Bytes as MiB. */
export function mib(bytes: number): string {
  return number(bytes / bytesPerMib);
}

/** Bytes as KiB. */
export function kib(bytes: number): string {
  return number(bytes / bytesPerKib);
}

/** A share (0 to 1, or beyond for an overhead) as a percentage without its sign. */
export function percent(share: number): string {
  return number(share * 100);
}

/** A change as a signed percentage: 0.5 is `+50%`. */
export function change(fraction: number): string {
  const tenths = Math.round(fraction * 1000) / 10;
  if (tenths === 0) return "0%";
  const digits = Math.abs(tenths) >= 10 ? whole(Math.abs(tenths)) : Math.abs(tenths).toFixed(1);
  return `${tenths < 0 ? "−" : "+"}${digits}%`;
}

/** A ratio to two significant digits: `0.13×`, `27×`. */
export function times(ratio: number): string {
  return `${ratio.toLocaleString("en-US", { maximumSignificantDigits: 2 })}×`;
}

/** A size with its unit: `10 KiB`, `1,000 B`. */
export function size(bytes: number): string {
  if (bytes > 0 && bytes % bytesPerMib === 0) return `${whole(bytes / bytesPerMib)} MiB`;
  if (bytes > 0 && bytes % bytesPerKib === 0) return `${whole(bytes / bytesPerKib)} KiB`;
  return `${whole(bytes)} B`;
}

/** A case's parameters for people: `1 KiB`, `100 connections`. Units come from the end of the names. */
export function caseText(params: Case): string {
  return Object.entries(params)
    .map(([name, value]) => {
      if (typeof value === "string") return `${name} ${value}`;
      if (name.endsWith("Bytes")) return size(value);
      if (name.endsWith("Ms"))
        return `${name.slice(0, -2)} ${Number.isInteger(value) ? whole(value) : number(value)} ms`;
      const noun = name.replace(/^vu/, "VU");
      return `${value.toLocaleString("en-US")} ${value === 1 ? noun.replace(/s$/, "") : noun}`;
    })
    .join(", ");
}

/** A scenario and its case: `message-size 1 KiB`. */
export function placeText({
  scenario,
  case: params,
}: {
  readonly scenario: string;
  readonly case: Parameters<typeof caseText>[0];
}): string {
  return `${scenario} ${caseText(params)}`.trim();
}

/** `1 row`, `2 rows`. */
export function counted(n: number, noun: string): string {
  return `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** A time for people: `800 ms`, `1.5 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${whole(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toLocaleString("en-US", { maximumFractionDigits: 1 })} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
