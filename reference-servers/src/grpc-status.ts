import { grpcCode } from "@apb/protocols/grpc";
import type { GrpcMetadata } from "./grpc-metadata.ts";

/** How a call ends: a code of gRPC, a text for people, and metadata that goes with it. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  readonly trailers?: GrpcMetadata;
}

/** Thrown by a method to end its call with a status other than OK. */
export class GrpcError extends Error implements GrpcStatus {
  override readonly name = "GrpcError";
  readonly code: number;
  readonly trailers: GrpcMetadata;

  constructor(code: number, message: string, trailers: GrpcMetadata = {}) {
    super(message);
    this.code = code;
    this.trailers = trailers;
  }
}

/** The status an error stands for. One that is not a {@link GrpcError} is a defect: UNKNOWN, its text kept from the client. */
export function statusOf(error: unknown): GrpcStatus {
  return error instanceof GrpcError ? error : { code: grpcCode.unknown, message: "internal error" };
}

/** `grpc-message`: UTF-8 with everything but printable ASCII, and the percent sign, percent-encoded (PROTOCOL-HTTP2, Responses). */
export function encodeMessage(message: string): string {
  return message.replace(/[^\x20-\x24\x26-\x7e]+/g, (text) => {
    let encoded = "";
    for (const byte of Buffer.from(text, "utf8")) encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    return encoded;
  });
}
