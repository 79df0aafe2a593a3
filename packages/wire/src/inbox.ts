import type { Failure } from "@apb/core/failure";
import { tooLarge } from "./limits.ts";

/** What has arrived for one reader and was not taken yet, in order. */
export class Inbox<Item> {
  private readonly mostBytes: number;
  private items: Item[] = [];
  private bytes = 0;
  private complete = false;
  private failure: Failure | null = null;
  private wake = (): void => undefined;

  /** Holds no more than this. */
  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** Adds an item; after the last there is nothing to wait for. Throws `protocol` when there is too much. */
  add(item: Item, last: boolean, bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.mostBytes) throw tooLarge(this.mostBytes);
    this.items.push(item);
    this.complete = last;
    this.wake();
  }

  /** Of what waits for the reader. */
  get unreadBytes(): number {
    return this.bytes;
  }

  /** The reader is told at its next step; what it has not taken by then it will not get. */
  fail(failure: Failure): void {
    this.failure = failure;
    this.wake();
  }

  /** Resolves once there is something to take; false when all has been taken. Rejects with the failure. */
  async filled(): Promise<boolean> {
    while (this.failure === null && this.items.length === 0 && !this.complete)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    this.throwIfFailed();
    return this.items.length > 0;
  }

  /** Everything there is. */
  takeAll(): Item[] {
    const items = this.items;
    this.items = [];
    this.bytes = 0;
    return items;
  }

  throwIfFailed(): void {
    if (this.failure !== null) throw this.failure;
  }
}
