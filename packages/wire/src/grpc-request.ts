import { Failure } from "@apb/core/failure";
import type { Metadata } from "./grpc.ts";
import { framePayloadBytes } from "./h2-frames.ts";
import { type RequestHead, requestHead } from "./h2-stream.ts";
import { entryBytes, type Field } from "./hpack-static.ts";

/** Methods of a service times the metadata they are called with; more of them take turns. */
const mostKnown = 16;

interface Known {
  readonly path: string;
  readonly metadata: Metadata;
  readonly head: RequestHead;
}

/** The heads of the requests of one connection: made once for each path and metadata object. */
export class RequestHeads {
  private readonly scheme: string;
  private readonly authority: string;
  private readonly known: Known[] = [];
  private nextKnown = 0;

  constructor(url: URL) {
    this.scheme = url.protocol.slice(0, -1);
    this.authority = url.host;
  }

  /** Throws `internal` for metadata that gRPC has no room for. */
  of(path: string, metadata: Metadata): RequestHead {
    for (const known of this.known) if (known.path === path && known.metadata === metadata) return known.head;
    const head = requestHead(this.fields(path, metadata));
    this.known[this.nextKnown] = { path, metadata, head };
    this.nextKnown = (this.nextKnown + 1) % mostKnown;
    return head;
  }

  /** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests */
  private fields(path: string, metadata: Metadata): Field[] {
    const fields: Field[] = [
      [":method", "POST"],
      [":scheme", this.scheme],
      [":path", path],
      [":authority", this.authority],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ...Object.entries(metadata),
    ];
    for (const field of fields)
      if (!isAllowed(field)) throw new Failure("internal", `expected text as metadata, got ${JSON.stringify(field)}`);
    // The block is no longer than its fields in a table would be, and so fits into one frame.
    const bytes = fields.reduce((sum, field) => sum + entryBytes(field), 0);
    if (bytes > framePayloadBytes)
      throw new Failure("internal", `expected metadata of at most ${framePayloadBytes} bytes, got ${bytes}`);
    return fields;
  }
}

/** gRPC's Header-Name, and a value of printable ASCII that neither begins nor ends with a space (RFC 9113 §8.2.1). */
function isAllowed([name, value]: Field): boolean {
  return /^:?[0-9a-z_.-]+$/.test(name) && /^([!-~]([ -~]*[!-~])?)?$/.test(value);
}
