import { abortFailure, Failure, type FailureKind } from "@apb/core/failure";

/** Error codes of Node and undici, and what they mean for a sample. Anything else is a defect of ours. */
const kinds: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ENOTFOUND: "refused",
  EAI_AGAIN: "refused",
  EADDRNOTAVAIL: "environment",
  EMFILE: "environment",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  ECONNRESET: "closed",
  EPIPE: "closed",
  ERR_STREAM_DESTROYED: "closed",
  ERR_STREAM_PREMATURE_CLOSE: "closed",
  ERR_SOCKET_CLOSED: "closed",
  UND_ERR_SOCKET: "closed",
  UND_ERR_CLOSED: "closed",
  UND_ERR_DESTROYED: "closed",
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
};

/** The one place where errors of sockets and client libraries become Failures. */
export function classify(error: unknown, signal?: AbortSignal): Failure {
  if (signal?.aborted) return abortFailure(signal);
  if (error instanceof Failure) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === "string" && message !== "" ? message : String(code ?? error);
  const kind =
    typeof code === "string" ? (kinds[code] ?? (code.startsWith("HPE_") ? "protocol" : undefined)) : undefined;
  return new Failure(kind ?? "internal", text, { cause: error });
}
