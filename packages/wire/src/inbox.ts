import type { Failure } from "@apb/core/failure";

/** What has arrived for one reader and was not taken yet, in order. */
export class Inbox<Item> {
  private items: Item[] = [];
  private complete = false;
  private failure: Failure | null = null;
  private wake = (): void => undefined;

  /** Adds an item; after the last there is nothing to wait for. */
  add(item: Item, last: boolean): void {
    this.items.push(item);
    this.complete = last;
    this.wake();
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
    return items;
  }

  throwIfFailed(): void {
    if (this.failure !== null) throw this.failure;
  }
}
