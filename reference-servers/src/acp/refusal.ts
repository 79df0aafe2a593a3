import { type ErrorObject, errorCodeOf } from "@apb/protocols/acp";
import { TooBusy, UnknownAgent } from "../agents/agent.ts";

/** A request that is not answered with what it asked for. Every door says it in ACP's Error shape. */
export class AcpRefusal extends Error {
  override readonly name = "AcpRefusal";
  /** HTTP's, also where the door is not HTTP: the error's code follows from it. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What an error stands for: a refusal of an agent that is not there or of work at the limit; any other error as it is. */
export function refused(error: unknown): unknown {
  if (error instanceof UnknownAgent) return new AcpRefusal(404, error.message);
  if (error instanceof TooBusy) return new AcpRefusal(503, error.message);
  return error;
}

/** The Error object of a refusal, as JSON text. */
export function errorText(status: number, message: string): string {
  const error: ErrorObject = { code: errorCodeOf(status), message };
  return JSON.stringify(error);
}
