import type { IncomingHttpHeaders } from "node:http2";
import { rpcStatusProto } from "@apb/protos/files";
import protobuf from "protobufjs";

const root = new protobuf.Root().loadSync(rpcStatusProto);
const Status = root.lookupType("google.rpc.Status");
const ErrorInfo = root.lookupType("google.rpc.ErrorInfo");

/**
 * How a call ended, as a google.rpc.Status with its ErrorInfo in ProtoJSON; without `details` where the call has none.
 * Throws where the details tell another story than the status.
 */
export function readStatus(code: number, fields: IncomingHttpHeaders): object {
  const message = decodeURIComponent(String(fields["grpc-message"] ?? ""));
  const bytes = fields["grpc-status-details-bin"];
  if (bytes === undefined) return { code, message };
  const told = Status.decode(Buffer.from(String(bytes), "base64")) as unknown as Told;
  if (told.code !== code || told.message !== message)
    throw new Error(`expected details of ${code} ${message}, got ${told.code} ${told.message}`);
  const details = told.details.map(({ type_url, value }) => ({
    "@type": type_url,
    ...ErrorInfo.toObject(ErrorInfo.decode(value)),
  }));
  return { code, message, details };
}

interface Told {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly type_url: string; readonly value: Uint8Array }[];
}
