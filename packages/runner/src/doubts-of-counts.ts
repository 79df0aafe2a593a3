import { plainNumber } from "@apb/core/plain-number";
import { type Doubt, failedShare } from "./evidence.ts";

/** Failures above this share make a cell's latencies those of the lucky ones. */
const errorShare = 0.001;

export const errors: Doubt = (evidence) => {
  const { connections, closed, dropped } = evidence;
  const rate = failedShare(evidence);
  const lost = connections.asked - connections.held;
  // On some transports an iteration that failed or was cut off takes its connection along, which is told as what it is.
  const reconnects = closed === null ? 0 : Math.max(0, closed.reconnects - closed.failed);
  const parts = [
    rate === null ? "no iteration ended" : null,
    rate !== null && rate > errorShare ? `${plainNumber(rate * 100, 2)}% of the iterations failed` : null,
    lost > 0 ? `${lost} of ${connections.asked} connections could not be opened` : null,
    reconnects > 0
      ? `${reconnects} connections were lost and opened again, which took place inside of the measured requests (a server that closes idle ones within seconds does this to users who wait)`
      : null,
    dropped > 0 ? `${dropped} arrivals were dropped` : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return {
    message: parts.join("; "),
    hint: "the latencies are of the successes alone; the table of failures has what the first of each kind said",
  };
};

export const partial: Doubt = ({ partial: why, totals }) => {
  if (why === null) return null;
  return {
    message: `the load ended after ${(totals.windowMs / 1000).toFixed(1)} s, before its time: ${why}`,
    hint: "what was counted until then is kept; measure again for a whole window",
  };
};

export const lossy: Doubt = ({ closed, serverCalls, partial: why }) => {
  // What failed or was cut off may have reached the server or not.
  if (closed === null || serverCalls === null || why !== null || closed.failed > 0) return null;
  if (closed.agentCalls === serverCalls) return null;
  return {
    message: `the client counts ${closed.agentCalls} calls, the server's own count is ${serverCalls}`,
    hint: "requests were lost, repeated, or answered by somebody else: no number of this cell can be trusted",
  };
};

export const unequal: Doubt = ({ wire, closed }) => {
  // What failed may never have been sent.
  if (wire === null || closed === null || closed.failed > 0 || wire.sentBytes + wire.receivedBytes >= wire.bodyBytes)
    return null;
  return {
    message: `${wire.sentBytes + wire.receivedBytes} bytes on the wire cannot carry ${wire.bodyBytes} bytes of body`,
    hint: "something compresses or caches on the way, which it does for no other binding; switch it off",
  };
};

/** What may be lost of the VUs' time between two iterations. */
const lostShare = 0.05;
/** Fewer iterations of each VU than this say little about the time between them. */
const leastIterations = 20;

/** Little's law, with the window's ends subtracted: the time of the VUs is that of their iterations and of their thinking. */
export const impossible: Doubt = (evidence) => {
  const { totals, load, closed } = evidence;
  // Of a generator that did not live to tell, nobody knows what was in flight at the end.
  if (closed === null) return null;
  const total = totals.step("total");
  const { vuNs, edgeNs, thinkNs } = totals.counts();
  if (load.model === "open" || total === null || vuNs === 0 || failedShare(evidence) !== 0) return null;
  if (total.service.count < (load.vus ?? 1) * leastIterations) return null;
  const busyMs = total.service.sumMs + (edgeNs + thinkNs) / 1e6;
  const vuMs = vuNs / 1e6;
  const lost = (vuMs - busyMs) / vuMs;
  if (Math.abs(lost) <= lostShare) return null;
  const [vus, busy] = [vuMs / totals.windowMs, busyMs / totals.windowMs];
  return {
    message: `${Number(vus.toPrecision(3))} VUs, but throughput × latency makes ${plainNumber(busy, 3)}: ${Math.round(100 * Math.abs(lost))}% of the time is unaccounted for`,
    hint: "by Little's law the two must agree: time is lost outside of the stopwatch, mostly in an overloaded load generator",
  };
};
