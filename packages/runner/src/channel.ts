import { type Answer, type Calls, channelVersion, type Request, versionFailure } from "@apb/core/channel";
import { Failure } from "@apb/core/failure";
import { whileAlive } from "./child.ts";

/** The conductor's side of the channel to a process it started. */
export interface Channel<C extends Calls<keyof C>> {
  /** Resolves with the answer; rejects with its failure, or with `closed` when the process ends first. */
  ask<Name extends keyof C>(
    call: Name,
    argument: C[Name]["argument"],
    tell?: (event: C[Name]["event"]) => void,
  ): Promise<C[Name]["result"]>;
}

/** What a channel needs of a process. */
export interface Port {
  on(event: "message", listener: (answer: Answer) => void): unknown;
  /** Calls back when it has gone out, or with what forbids it. */
  send(request: Request<PropertyKey>, sent: (error: Error | null) => void): unknown;
}

interface Waiting {
  readonly tell: (event: unknown) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: Failure) => void;
}

/** A side's requests are numbered from its own multiple of this on: several that share a process know their answers apart. */
const idsOfASide = 2 ** 40;

/**
 * Opens it. A process of another version fails what it is asked. `ended` resolves with how the process ended, `who` names
 * it in messages, `side` is which of its conversations this is.
 */
export function openChannel<C extends Calls<keyof C>>(
  port: Port,
  ended: Promise<string>,
  who: string,
  side = 0,
): Channel<C> {
  const waiting = new Map<number, Waiting>();
  let lastId = side * idsOfASide;
  port.on("message", (answer: Answer) => {
    const asker = waiting.get(answer.id);
    if (asker === undefined) return;
    const { version } = answer;
    if (version !== channelVersion) {
      waiting.delete(answer.id);
      asker.reject(versionFailure(who, version, channelVersion));
      return;
    }
    if (answer.kind === "event") {
      asker.tell(answer.event);
      return;
    }
    waiting.delete(answer.id);
    if (answer.kind === "result") asker.resolve(answer.value);
    else asker.reject(new Failure(answer.failure, answer.message));
  });
  return {
    ask(call, argument, tell = () => undefined) {
      const id = ++lastId;
      const answered = new Promise<never>((resolve, reject) => {
        waiting.set(id, { tell: tell as Waiting["tell"], resolve: resolve as Waiting["resolve"], reject });
        port.send({ version: channelVersion, id, side, call, argument }, (error) => {
          if (error !== null) reject(new Failure("closed", `the ${who} process has ended`, { cause: error }));
        });
      });
      return whileAlive(answered, ended, who).finally(() => waiting.delete(id));
    },
  };
}
