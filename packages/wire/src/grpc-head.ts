import type { Field } from "./hpack-static.ts";

/** What a header block of a gRPC answer says: its head, its trailers, or both in one (PROTOCOL-HTTP2, Responses). */
export interface GrpcHead {
  /** What is wrong with it as HTTP (RFC 9113 §8.1.1), in words. */
  readonly malformed: string | null;
  /** `:status`, which trailers do not have. */
  readonly httpStatus: number | null;
  readonly contentType: string;
  /** `grpc-status`, which ends an answer. */
  readonly code: number | null;
  /** `grpc-message`, decoded. */
  readonly details: string;
}

const grpcContentType = /^application\/grpc($|[+;])/i;
/** They belong to a connection of HTTP/1.1 (RFC 9113 §8.2.2). */
const forbidden = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** Reads the fields of a header block. */
export function readGrpcHead(fields: readonly Field[]): GrpcHead {
  const values = new Map(fields);
  const httpStatus = values.get(":status");
  const code = values.get("grpc-status");
  return {
    malformed: fieldsProblem(fields) ?? valuesProblem(httpStatus, code),
    httpStatus: httpStatus === undefined ? null : Number(httpStatus),
    contentType: values.get("content-type") ?? "",
    code: code === undefined ? null : Number(code),
    details: decodeDetails(values.get("grpc-message") ?? ""),
  };
}

/** Whether an answer says that it is gRPC. */
export function isGrpc({ contentType }: GrpcHead): boolean {
  return grpcContentType.test(contentType);
}

/** RFC 9113 §8.2, §8.3. */
function fieldsProblem(fields: readonly Field[]): string | null {
  let regular = false;
  for (const [n, [name]] of fields.entries()) {
    const pseudo = name.startsWith(":");
    if (pseudo && name !== ":status") return `a pseudo-header ${name}`;
    if (pseudo && (regular || n > 0)) return "a :status that is not the first field and the only one";
    if (forbidden.has(name) || !/^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) return `a field ${JSON.stringify(name)}`;
    regular ||= !pseudo;
  }
  return null;
}

function valuesProblem(httpStatus: string | undefined, code: string | undefined): string | null {
  if (httpStatus !== undefined && !/^[1-9]\d\d$/.test(httpStatus)) return `:status ${JSON.stringify(httpStatus)}`;
  if (code !== undefined && !/^\d{1,9}$/.test(code)) return `grpc-status ${JSON.stringify(code)}`;
  return null;
}

/** Percent-encoded UTF-8; what is not stays as it is (PROTOCOL-HTTP2, Status-Message). */
function decodeDetails(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
