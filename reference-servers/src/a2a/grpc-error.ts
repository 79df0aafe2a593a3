import { errorDetails } from "@apb/protocols/a2a";
import { rpcStatusProto } from "@apb/protos/files";
import protobuf from "protobufjs";
import { GrpcError } from "../grpc-status.ts";
import { A2aError } from "./error.ts";

/** What throws an A2aError as the gRPC binding tells it (§10.6), and anything else as it is. */
export function grpcRefusal(): (error: unknown) => never {
  const root = new protobuf.Root().loadSync(rpcStatusProto);
  const status = root.lookupType("google.rpc.Status");
  const errorInfo = root.lookupType("google.rpc.ErrorInfo");

  return (error) => {
    if (!(error instanceof A2aError)) throw error;
    const { entry, message } = error;
    const details = errorDetails(entry).map(({ "@type": type_url, ...info }) => ({
      type_url,
      value: errorInfo.encode(info).finish(),
    }));
    const bytes = status.encode({ code: entry.grpc, message, details }).finish();
    throw new GrpcError(entry.grpc, message, { "grpc-status-details-bin": bytes });
  };
}
