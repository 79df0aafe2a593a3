import { Failure } from "@apb/core/failure";
import type { HttpReply } from "./http.ts";

/** The server does not let in who asks: HTTP's own 401 and 403, whatever protocol is on top of it. */
export class HttpRefusal extends Failure {
  readonly status: number;

  /** `said` is the body of the reply, as far as it is known. */
  constructor(status: number, said = "", options?: { cause?: unknown }) {
    const got = said === "" ? "" : `, got ${JSON.stringify(said.slice(0, 200))}`;
    super("rejected", `HTTP ${status}: expected to be let in by the server${got}`, options);
    this.status = status;
  }
}

/** Whether a status refuses who asks, and not what is asked for: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2 and 15.5.4 */
export function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

/** Throws an {@link HttpRefusal} for a reply that is one, before anybody looks for the protocol's own words in it. */
export function expectAllowed({ status, body }: Pick<HttpReply, "status" | "body">): void {
  if (isRefusal(status)) throw new HttpRefusal(status, body);
}
