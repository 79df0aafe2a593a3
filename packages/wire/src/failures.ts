import { abortFailure, Failure, type FailureKind } from "@apb/core/failure";

/** Error codes of Node and undici, and what they mean for a sample. Anything else is a defect of ours. */
const kinds: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ENOTFOUND: "refused",
  EAI_AGAIN: "refused",
  ERR_TLS_CERT_ALTNAME_INVALID: "refused",
  CERT_HAS_EXPIRED: "refused",
  DEPTH_ZERO_SELF_SIGNED_CERT: "refused",
  SELF_SIGNED_CERT_IN_CHAIN: "refused",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "refused",
  UNABLE_TO_GET_ISSUER_CERT: "refused",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "refused",
  CERT_NOT_YET_VALID: "refused",
  EADDRNOTAVAIL: "environment",
  EMFILE: "environment",
  ENFILE: "environment",
  ENOBUFS: "environment",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  ECONNRESET: "closed",
  ECONNABORTED: "closed",
  EPIPE: "closed",
  ERR_STREAM_DESTROYED: "closed",
  ERR_STREAM_PREMATURE_CLOSE: "closed",
  ERR_SOCKET_CLOSED: "closed",
  UND_ERR_SOCKET: "closed",
  UND_ERR_CLOSED: "closed",
  UND_ERR_DESTROYED: "closed",
  EPROTO: "protocol",
  ERR_SSL_WRONG_VERSION_NUMBER: "protocol",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "protocol",
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
};

/** What a reader can do about it, where there is something. */
const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: "is the server running there?",
  ENOTFOUND: "is this the host's name?",
  EAI_AGAIN: "no name server has answered",
  EADDRNOTAVAIL: "no local port is left: use fewer connections, or widen net.ipv4.ip_local_port_range",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "the system's limit of open files is reached (fs.file-max)",
};

/** The one place where errors of sockets and client libraries become Failures. */
export function classify(error: unknown, signal?: AbortSignal): Failure {
  if (signal?.aborted) return abortFailure(signal);
  if (error instanceof Failure) return error;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const known = typeof code === "string" ? code : "";
  // Node's HTTP parser has codes of its own, undici's has none.
  const notHttp = known.startsWith("HPE_") || name === "HTTPParserError";
  const kind = kinds[known] ?? (notHttp ? "protocol" : "internal");
  const hint = hints[known];
  return new Failure(kind, hint === undefined ? textOf(error) : `${textOf(error)}; ${hint}`, { cause: error });
}

/** A host name with several addresses fails with one error for each of them. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(textOf).join(", ");
  return error instanceof Error ? error.message || error.name : String(error);
}
