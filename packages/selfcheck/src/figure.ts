import { noValue } from "@apb/report/format";
import { plain, type Shown } from "@apb/report/section";

/** A number in a table; null where there is none. */
export function figure(value: number | null | undefined, format: (value: number) => string): Shown {
  return plain(value === null || value === undefined ? noValue : format(value));
}
