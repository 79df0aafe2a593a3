/** What somebody tells, kept in order for who listens when it can. */
export class Told<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  private over = false;
  private wake: () => void = () => undefined;

  tell(item: T): void {
    this.items.push(item);
    this.wake();
  }

  /** Nothing more comes: who listens has what is left, and then is done. */
  end(): void {
    this.over = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.items.shift();
      if (next !== undefined) yield next;
      else if (this.over) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}
