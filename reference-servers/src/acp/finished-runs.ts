/** A run that has ended, as the JSON it was answered with: nothing more is made or kept of it unless it is asked for. */
export interface FinishedRun {
  readonly id: string;
  readonly sessionId: string;
  readonly json: string;
}

const mostRuns = 256;
const mostCharacters = 8 * 1024 * 1024;

/**
 * The latest finished runs of mode sync: 128 to 256 of them, or as many as make 4 to 8 Mi characters, and always the last.
 *
 * Keeping a run must cost little beside making it. So there are two generations, each for half of what may be kept, and
 * when the young one is full the old one is let go as a whole: they live and die in the young generation of V8's heap.
 */
export class FinishedRuns {
  private young = new Map<string, FinishedRun>();
  private old = new Map<string, FinishedRun>();
  private characters = 0;

  add(run: FinishedRun): void {
    if (this.young.size >= mostRuns / 2 || this.characters >= mostCharacters / 2) {
      this.old = this.young;
      this.young = new Map();
      this.characters = 0;
    }
    this.young.set(run.id, run);
    this.characters += run.json.length;
  }

  /** Undefined for a run that never was, and for one that was forgotten. */
  get(id: string): FinishedRun | undefined {
    return this.young.get(id) ?? this.old.get(id);
  }

  /** Whether a run that is still known was of this session. */
  hasSession(id: string): boolean {
    for (const runs of [this.young, this.old]) for (const run of runs.values()) if (run.sessionId === id) return true;
    return false;
  }
}
