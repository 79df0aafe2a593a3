import { type BodySink, ChunkedBody } from "./http-chunked.ts";
import { HeadReader, malformed, type ReplyHead } from "./http-head.ts";

/** Takes one reply: its head, then its body in pieces. */
export interface ReplySink extends BodySink {
  head(head: ReplyHead): void;
}

/** Reads replies, one at a time, from bytes that are split anywhere: https://www.rfc-editor.org/rfc/rfc9112. Replies to HEAD and CONNECT are not for it. */
export class ReplyParser {
  private readonly heads = new HeadReader();
  private sink: ReplySink | null = null;
  private head: ReplyHead | null = null;
  private left = 0;
  private chunks: ChunkedBody | null = null;

  /** What is read from now on is the reply for this sink. */
  begin(sink: ReplySink): void {
    this.sink = sink;
    this.head = null;
  }

  /** Whether another request may follow the reply that was read. */
  get persistent(): boolean {
    return this.head?.persistent === true;
  }

  /** Returns whether the reply is complete. Throws `protocol` for what is no reply, and for bytes after its end. */
  read(buffer: Buffer, end: number): boolean {
    const { sink } = this;
    if (sink === null) throw malformed("nothing before a request", buffer.toString("latin1", 0, end));
    let at = 0;
    if (this.head === null) {
      at = this.readHead(buffer, end, sink);
      if (this.head === null) return false;
    }
    at = this.readBody(this.head, buffer, at, end, sink);
    if (at === -1) return false;
    this.sink = null;
    if (at < end) throw malformed("nothing after the end of the reply", buffer.toString("latin1", at, end));
    return true;
  }

  /** The connection has ended. Returns whether that completes the reply. */
  end(): boolean {
    return this.head?.framing === "close";
  }

  /** Returns the position after the head, once there is one. */
  private readHead(buffer: Buffer, end: number, sink: ReplySink): number {
    let at = 0;
    while (at < end) {
      at = this.heads.read(buffer, at, end);
      if (at === -1) return -1;
      const head = this.heads.head as ReplyHead;
      if (head.status === 101) throw malformed("a reply", "a switch to another protocol");
      // Interim replies say nothing that we asked for: https://www.rfc-editor.org/rfc/rfc9110#section-15.2
      if (head.status < 200) continue;
      this.head = head;
      this.left = head.length;
      this.chunks = head.framing === "chunked" ? new ChunkedBody() : null;
      sink.head(head);
      break;
    }
    return at;
  }

  /** Returns the position after the body, or -1 when more of it must come. */
  private readBody(head: ReplyHead, buffer: Buffer, start: number, end: number, sink: ReplySink): number {
    if (this.chunks !== null) {
      const at = this.chunks.read(buffer, start, end, sink);
      return this.chunks.done ? at : -1;
    }
    const stop = head.framing === "length" ? Math.min(end, start + this.left) : end;
    this.left -= stop - start;
    const last = head.framing === "length" && this.left === 0;
    if (stop > start) sink.data(buffer, start, stop, last);
    return last ? stop : -1;
  }
}
