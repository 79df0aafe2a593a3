import { type Answer, channelVersion, type Request } from "@apb/core/channel";
import { snapshotOf } from "./snapshots.ts";

// A generator process without a load: it does what the binding it is told to use is named for.

interface Argument {
  readonly binding?: string;
  readonly graceMs?: number;
}

const answer = (message: Said): void => {
  process.send?.({ version: channelVersion, ...message });
};

type Unversioned<A> = A extends Answer ? Omit<A, "version"> : never;
type Said = Unversioned<Answer>;

let driveId = 0;

process.on("message", ({ id, call, argument }: Request<string, Argument | null>) => {
  if (call === "connect" && argument?.binding === "dies") process.exit(3);
  else if (call === "connect") answer({ id, kind: "result", value: argument });
  else if (call === "drive") drive(id);
  else if (call === "stop") stop(id, argument?.graceMs ?? 0);
  else if (call === "verify") answer({ id, kind: "failure", failure: "protocol", message: "nothing to verify" });
  else answer({ id, kind: "result", value: null });
});

/** Two seconds, once it is rid of more than a pipe holds; the rest when it is stopped. */
function drive(id: number): void {
  driveId = id;
  process.stdout.write("x".repeat(1_000_000), () => {
    for (const second of [0, 1]) answer({ id, kind: "event", event: snapshotOf({ second }) });
  });
}

/** Within no time at all it ends as if something broke it. */
function stop(id: number, graceMs: number): void {
  answer({ id, kind: "result", value: null });
  if (graceMs === 0) process.exit(4);
  answer({ id: driveId, kind: "event", event: snapshotOf({ second: 2, draining: true }) });
  answer({ id: driveId, kind: "result", value: { windowMs: graceMs } });
}

process.on("disconnect", () => process.exit(0));
