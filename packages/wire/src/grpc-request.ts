import type { Headers } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { accessHeaders } from "@apb/core/url";
import type { Metadata } from "./grpc-connection.ts";
import { framePayloadBytes } from "./h2-frames.ts";
import { type RequestHead, requestHead } from "./h2-stream.ts";
import { entryBytes, type Field } from "./hpack-static.ts";

/** The pairs of method and metadata that are kept; one more replaces the oldest. */
const mostKnown = 16;

interface Known<Value> {
  readonly path: string;
  readonly metadata: Metadata;
  readonly value: Value;
}

/** What is made once for each path and metadata object, the latest of them. */
class KnownRequests<Value> {
  private known: readonly Known<Value>[] = [];
  private nextKnown = 0;

  of(path: string, metadata: Metadata): Value | undefined {
    for (const known of this.known) if (known.path === path && known.metadata === metadata) return known.value;
    return undefined;
  }

  add(path: string, metadata: Metadata, value: Value): void {
    // A copy has no spare capacity; `push` onto an empty array makes V8 reserve 17 slots, 136 bytes for each connection.
    const added = { path, metadata, value };
    if (this.known.length < mostKnown) this.known = [...this.known, added];
    else {
      this.known = this.known.with(this.nextKnown, added);
      this.nextKnown = (this.nextKnown + 1) % mostKnown;
    }
  }
}

/** The fields of requests by origin and user: the same for all connections. */
const fieldsByPeer = new Map<string, KnownRequests<readonly Field[]>>();

/** The heads of the requests of one connection. */
export class RequestHeads {
  private readonly url: URL;
  private readonly access: Headers;
  private readonly heads = new KnownRequests<RequestHead>();

  constructor(url: URL, headers: Headers) {
    this.url = url;
    this.access = accessHeaders(url, headers);
  }

  /** Throws `internal` for metadata that gRPC has no room for. */
  of(path: string, metadata: Metadata): RequestHead {
    const known = this.heads.of(path, metadata);
    if (known !== undefined) return known;
    const head = requestHead(this.fieldsOf(path, metadata));
    this.heads.add(path, metadata, head);
    return head;
  }

  private fieldsOf(path: string, metadata: Metadata): readonly Field[] {
    const peer = `${JSON.stringify(this.access)}@${this.url.origin}`;
    const known = fieldsByPeer.get(peer) ?? new KnownRequests();
    fieldsByPeer.set(peer, known);
    let fields = known.of(path, metadata);
    if (fields === undefined) {
      fields = this.fields(path, metadata);
      known.add(path, metadata, fields);
    }
    return fields;
  }

  /** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests */
  private fields(path: string, metadata: Metadata): Field[] {
    const fields: Field[] = [
      [":method", "POST"],
      [":scheme", this.url.protocol.slice(0, -1)],
      [":path", path],
      [":authority", this.url.host],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ...Object.entries(this.access),
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
