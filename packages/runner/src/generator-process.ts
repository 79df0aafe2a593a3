import type { ChildProcess } from "node:child_process";
import { Failure } from "@apb/core/failure";
import { exitOf, startProcess, stopProcess, whileAlive } from "./child.ts";
import type { Driven, Driving, Generator } from "./generator.ts";
import type { Answer, Call, Calls } from "./generator-channel.ts";
import { heard } from "./races.ts";

/** Starts a generator process from its entry file, which must call `answerCalls`. */
export function startGenerator(file: string): Generator {
  const child = startProcess(file, []);
  const ended = exitOf(child);
  const ask = <Name extends keyof Calls>(
    call: Name,
    argument: Calls[Name]["argument"],
    moment: (kind: "opened" | "closed") => void = () => undefined,
  ): Promise<Calls[Name]["result"]> =>
    whileAlive(exchange(child, { call, argument } as Call, moment), ended, "generator");

  return {
    touch: async (target) => {
      await ask("touch", target);
    },
    verify: (target) => ask("verify", target),
    connect: (task) => ask("connect", task),
    drive: (warmUpMs, startAt) => driving((moment) => ask("drive", { warmUpMs, startAt }, moment)),
    disconnect: async () => {
      await ask("disconnect", null);
    },
    [Symbol.asyncDispose]: () => stopProcess(child, ended),
  };
}

/** One call, its moments, its answer. */
function exchange<Result>(
  child: ChildProcess,
  call: Call,
  moment: (kind: "opened" | "closed") => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const listen = (answer: Answer): void => {
      if (answer.kind === "opened" || answer.kind === "closed") {
        moment(answer.kind);
        return;
      }
      child.removeListener("message", listen);
      if (answer.kind === "result") resolve(answer.value as Result);
      else reject(new Failure(answer.failure, answer.message));
    };
    child.on("message", listen);
    child.send(call, (error) => {
      if (error === null) return;
      child.removeListener("message", listen);
      reject(new Failure("closed", "the generator process has ended", { cause: error }));
    });
  });
}

function driving(begin: (moment: (kind: "opened" | "closed") => void) => Promise<Driven>): Driving {
  const reached: Partial<Record<"opened" | "closed", () => void>> = {};
  const opened = new Promise<void>((resolve) => {
    reached.opened = resolve;
  });
  const closed = new Promise<void>((resolve) => {
    reached.closed = resolve;
  });
  const report = begin((kind) => reached[kind]?.());
  // A drive that fails reaches no moment; whoever waits for one must hear of it.
  const orFailed = (moment: Promise<void>): Promise<void> =>
    heard(Promise.race([moment, report.then(() => undefined)]));
  return { opened: orFailed(opened), closed: orFailed(closed), report: heard(report) };
}
