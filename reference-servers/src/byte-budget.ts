/** Bytes that somebody holds; they are given back once, whoever says so first. */
export interface Hold {
  /** Takes more; false, and nothing taken, when there is no room. */
  grow(bytes: number): boolean;
  release(): void;
}

export interface BudgetLimits {
  /** What may be held together. */
  readonly totalBytes: number;
  /** The last of it is for holds of up to {@link smallBytes} only, so that large ones cannot shut out small ones. */
  readonly reserveBytes: number;
}

/** A hold up to this may use the reserve. */
export const smallBytes = 64 * 1024;

const mebibyte = 1024 * 1024;

/**
 * A hundred calls of 1 MiB or ten thousand of 1 KiB fit in at the same time. The process takes up to five times as
 * much at its peak (answers, garbage of parsed JSON).
 */
const usual: BudgetLimits = { totalBytes: 112 * mebibyte, reserveBytes: 8 * mebibyte };

/** What one connection may have under way: four of the largest requests. */
export const connectionBytes = 16 * mebibyte;

/** Counts the bytes of what is under way against a limit. */
export class ByteBudget {
  private readonly limits: BudgetLimits;
  private held = 0;

  constructor(limits: BudgetLimits = usual) {
    this.limits = limits;
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.held;
  }

  /** Null when there is no room for so many bytes. */
  hold(bytes: number): Hold | null {
    let own = 0;
    const grow = (more: number): boolean => {
      const { totalBytes, reserveBytes } = this.limits;
      if (this.held + more > (own + more <= smallBytes ? totalBytes : totalBytes - reserveBytes)) return false;
      own += more;
      this.held += more;
      return true;
    };
    if (!grow(bytes)) return null;
    return {
      grow,
      release: () => {
        this.held -= own;
        own = 0;
      },
    };
  }
}
