import type { Conclusion } from "./conclusions.ts";
import { number, percent, whole } from "./format.ts";

/** A conclusion as a sentence; `unit` is that of levels, VUs or arrivals a second. */
export function conclusionText(conclusion: Conclusion, unit: string): string {
  switch (conclusion.kind) {
    case "breaking point":
      return [brokenText(conclusion, unit), mostText(conclusion, unit)].join("; ");
    case "recovery":
      return conclusion.seconds === null
        ? `it had not recovered from the spike when the load ended, ${conclusion.watched} s behind it`
        : `it was as before ${conclusion.seconds} s after the spike's end`;
    case "degradation":
      return degradationText(conclusion);
  }
}

type Broken = Extract<Conclusion, { kind: "breaking point" }>;

function brokenText({ at, after, limit, gain }: Broken, unit: string): string {
  if (at === null) return `no breaking point up to ${whole(after)} ${unit}`;
  const knee = after === 0 ? "" : `, the knee between ${whole(after)} and ${whole(at)}`;
  const why =
    limit === null
      ? `the added load brought ${percent(Math.max(0, gain ?? 0))}% of what it should have`
      : `it breaks ${limit}`;
  return `breaking point at ${whole(at)} ${unit}: ${why}${knee}`;
}

function mostText({ most, bucklesAt }: Broken, unit: string): string {
  const buckles = bucklesAt === null ? "" : `, and it buckles from ${whole(bucklesAt)} on`;
  return `the most is ${number(most.perSecond)} iterations a second, at ${whole(most.level)} ${unit}${buckles}`;
}

function degradationText({ ratio, low, high, failed }: Extract<Conclusion, { kind: "degradation" }>): string {
  const worse = low > 1 ? "slower" : high < 1 ? "quicker" : "neither slower nor quicker";
  const errors =
    failed.first === 0 && failed.last === 0
      ? "nothing failed in either"
      : `${percent(failed.first)}% failed in the first, ${percent(failed.last)}% in the last`;
  return `the last third was ${worse}: ${times(ratio)} the mean of the first (95%: ${times(low)} to ${times(high)}); ${errors}`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}
