import { grpcCode } from "@apb/protocols/grpc";
import { GrpcError } from "./grpc-status.ts";

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
/** The longest Node's timers can wait; a later deadline counts as none. */
const longestTimerMs = 2 ** 31 - 1;

/** Calls `passed` at the deadline that a `grpc-timeout` sets. Throws INTERNAL for text that is no timeout. */
export function deadlineTimer(text: string, passed: () => void): NodeJS.Timeout | null {
  const ms = timeoutMs(text);
  return ms > longestTimerMs ? null : setTimeout(passed, ms);
}

/** Milliseconds of a `grpc-timeout`: at most eight digits and a unit (PROTOCOL-HTTP2, Timeout). Throws INTERNAL for anything else. */
export function timeoutMs(text: string): number {
  const unit = unitMs[text.slice(-1)];
  if (unit === undefined || !/^\d{1,8}.$/.test(text))
    throw new GrpcError(
      grpcCode.internal,
      `expected a grpc-timeout like 100m, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  return Number(text.slice(0, -1)) * unit;
}
