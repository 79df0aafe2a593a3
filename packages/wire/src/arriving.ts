/** What arrives, for one reader. */
export interface Arriving<Item> extends AsyncIterable<Item> {
  /** When the item that was taken last, or behind the last the end, was read from the socket; NaN before the first. */
  readonly arrivedMs: number;
}

/** An item that waits for its reader. */
export interface Arrived<Item> {
  readonly item: Item;
  readonly atMs: number;
}
