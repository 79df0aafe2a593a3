/** What an agent says to one message: its chunks in order, and how long to wait before each. */
export interface Answer {
  readonly chunks: Iterable<string>;
  readonly intervalMs: number;
}

/** Deterministic, without I/O: the same text gives the same answer behind every door. */
export interface Agent {
  readonly name: string;
  readonly description: string;
  /** Throws {@link AgentFailed} for text it cannot work with. */
  answer(text: string): Answer;
}

/** The agent ran and could not do what it was asked; doors report it in their protocol's way for a failed agent. */
export class AgentFailed extends Error {
  override readonly name = "AgentFailed";
}

/** There is no agent of this name; doors report it in their protocol's way for that. */
export class UnknownAgent extends Error {
  override readonly name = "UnknownAgent";

  constructor(agent: string) {
    super(`there is no agent ${JSON.stringify(agent.slice(0, 100))}`);
  }
}

/** The server holds as much as it may; doors report it as their protocol says that it is unavailable for now. */
export class TooBusy extends Error {
  override readonly name = "TooBusy";
}
