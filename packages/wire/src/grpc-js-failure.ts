import { abortFailure, Failure } from "@apb/core/failure";
import type { ServiceError } from "@grpc/grpc-js";
import { GrpcStatus } from "./grpc-status.ts";
import { HttpRefusal, isRefusal } from "./http-refusal.ts";
import { deafServer, tooLarge } from "./limits.ts";

/** What grpc-js says of answers that are no gRPC; it has no codes for them. */
const notGrpc = /^Received HTTP status code|Protocol error|Parse Error/;
const httpStatus = /^Received HTTP status code (\d+)/;

/** What Node says when more than 1,000 answers of HTTP/2's own wait: it sends none of them, and ends the session. */
const flooded = "Flooding was detected";

/** What grpc-js says of a message that is too large, in the same words for our side and, with a limit of its own, the server's. */
function isTooLarge({ details }: ServiceError, maxReplyBytes: number): boolean {
  if (details === `Received message that decompresses to a size larger than ${maxReplyBytes}`) return true;
  return details.startsWith("Received message larger than max (") && details.endsWith(` vs ${maxReplyBytes})`);
}

/** The connection that a call was made on, as far as its failures depend on it. */
interface Called {
  readonly open: boolean;
  readonly maxReplyBytes: number;
}

/** What ended a call of grpc-js, in our words; once it was given up, why. */
export function failureOf(error: ServiceError, { open, maxReplyBytes }: Called, signal: AbortSignal): Failure {
  if (signal.aborted) return abortFailure(signal);
  if (!open) return new Failure("closed", "the session is closed", { cause: error });
  if (error.details.includes(flooded)) return deafServer({ cause: error });
  if (isTooLarge(error, maxReplyBytes)) return tooLarge(maxReplyBytes);
  const status = Number(httpStatus.exec(error.details)?.[1]);
  if (isRefusal(status)) return new HttpRefusal(status, "", { cause: error });
  if (notGrpc.test(error.details)) return new Failure("protocol", error.details, { cause: error });
  return new GrpcStatus(error.code, error.details, { cause: error });
}
