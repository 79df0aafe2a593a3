/** What one connection may have done for it in a turn of the event loop; the others are next. */
const share = 64;

let turn = 0;
let isTicking = false;

/** The number of this turn of the event loop, as far as anybody asks: one timer for all connections. */
function currentTurn(): number {
  if (!isTicking) {
    isTicking = true;
    setImmediate(() => {
      isTicking = false;
      turn++;
    });
  }
  return turn;
}

/** Where items go that are to be taken in turns with those of other connections. */
export interface Turns<Item> {
  add(item: Item): void;
  /** Whether something waits for a later turn. */
  readonly waiting: boolean;
}

/**
 * Takes items in order, at once up to a fair share in each turn of the event loop, the rest in the turns after. `onEmpty`
 * is called when those that had to wait have all been taken.
 */
export function inTurns<Item>(take: (item: Item) => void, onEmpty: () => void): Turns<Item> {
  let queue: Item[] = [];
  let next = 0;
  let lastTurn = -1;
  let taken = 0;
  const takeShare = (): void => {
    for (const end = Math.min(queue.length, next + share); next < end; next++) take(queue[next] as Item);
    if (next < queue.length) return void setImmediate(takeShare);
    queue = [];
    next = 0;
    onEmpty();
  };
  return {
    get waiting() {
      return queue.length > 0;
    },
    add(item) {
      const now = currentTurn();
      if (now !== lastTurn) {
        lastTurn = now;
        taken = 0;
      }
      if (queue.length === 0 && taken++ < share) return take(item);
      if (queue.push(item) === 1) setImmediate(takeShare);
    },
  };
}
