import type { Socket } from "node:net";
import { Failure } from "@apb/core/failure";

/** Room for the requests of one tick: fifty with messages of 1 KiB. */
const outboxBytes = 65_536;
/** What is copied to wait behind other writes, so that its buffer can be used again. */
const littleBytes = 1024;
/** Buffers that no connection is writing into. */
const spare: Buffer[] = [];
/** So many connections collect at the same time. When ten thousand begin in one tick, those that began first write sooner. */
const mostSpare = 16;
const none = Buffer.alloc(0);

/** Those that collect in this tick, in the order they began; before the first index they have written sooner. */
let due: Outbox[] = [];
let firstDue = 0;

/** Collects the frames of one tick for one write, in a buffer that is borrowed until the kernel has taken everything. */
export class Outbox {
  /** What `reserve` gives a place in. */
  bytes: Buffer = none;
  private length = 0;
  private due = false;
  /** Once a write was not finished at once (a full socket buffer, or TLS): then a callback says when the buffer is free again. */
  private takesTime = false;
  private socket: Socket | null = null;

  /** What was collected so far is written now, and from now on with every tick. */
  attach(socket: Socket): void {
    this.socket = socket;
    this.flush();
  }

  /** A place for so many bytes (no more than the largest frame), to be filled at once: an offset in `bytes`. */
  reserve(size: number): number {
    if (this.length + size > this.bytes.length) this.makeRoom();
    if (!this.due) {
      this.due = true;
      if (due.push(this) === 1) process.nextTick(flushDue);
    }
    const at = this.length;
    this.length = at + size;
    return at;
  }

  /** Gives everything to the kernel now. */
  flush(): void {
    const { socket, bytes, length } = this;
    if (length === 0 || socket === null) return;
    this.length = 0;
    this.bytes = none;
    if (!socket.writable) return;
    const part = bytes.subarray(0, length);
    // While the peer does not read, little that waits must not hold a large buffer.
    if (length <= littleBytes && socket.writableLength > 0) {
      socket.write(Buffer.from(part));
      giveBack(bytes);
      return;
    }
    if (this.takesTime) {
      socket.write(part, () => giveBack(bytes));
      return;
    }
    socket.write(part);
    this.takesTime = socket.writableLength > 0;
    if (!this.takesTime) giveBack(bytes);
  }

  /** Writes what was collected: by process.nextTick, when all that was ready to run has run, or sooner to free a buffer. */
  endTick(): void {
    this.due = false;
    this.flush();
  }

  private makeRoom(): void {
    this.flush();
    if (this.length > 0) throw new Failure("protocol", "expected a server that waits for us, got a flood of frames");
    if (spare.length === 0 && due.length - firstDue >= mostSpare) due[firstDue++]?.endTick();
    this.bytes = spare.pop() ?? Buffer.allocUnsafeSlow(outboxBytes);
  }
}

function flushDue(): void {
  const collecting = due;
  const first = firstDue;
  due = [];
  firstDue = 0;
  for (let n = first; n < collecting.length; n++) collecting[n]?.endTick();
}

function giveBack(bytes: Buffer): void {
  if (spare.length < mostSpare) spare.push(bytes);
}
