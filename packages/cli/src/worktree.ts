import { Failure } from "@apb/core/failure";

export interface Worktree extends AsyncDisposable {
  readonly folder: string;
  readonly commit: string;
}

export async function openWorktree(ref: string, _signal: AbortSignal): Promise<Worktree> {
  throw new Failure("usage", `no ${ref}`);
}
