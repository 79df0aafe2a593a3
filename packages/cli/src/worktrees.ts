import type { ABOrder, SideOrder } from "./ab-order.ts";
import { openWorktree, type Worktree } from "./worktree.ts";

/** The worktrees of the commits that sides are of; disposing removes them. */
export class Worktrees implements AsyncDisposable {
  private readonly open = new Map<string, Worktree>();

  async add(ref: string, signal: AbortSignal): Promise<void> {
    if (!this.open.has(ref)) this.open.set(ref, await openWorktree(ref, signal));
  }

  of({ ref }: SideOrder): Worktree | null {
    return ref === null ? null : (this.open.get(ref) ?? null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tree of this.open.values()) await tree[Symbol.asyncDispose]();
  }
}

/** Opens them all, or none. */
export async function worktreesOf({ a, b }: ABOrder, signal: AbortSignal): Promise<Worktrees> {
  const trees = new Worktrees();
  try {
    for (const { ref } of [a, b]) if (ref !== null) await trees.add(ref, signal);
    return trees;
  } catch (error) {
    await trees[Symbol.asyncDispose]();
    throw error;
  }
}
