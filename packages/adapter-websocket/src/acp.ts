import { type Binding, operationKinds, type Reply, type Session, type Unary } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { succeeded } from "@apb/core/problem";
import { runCreateText } from "@apb/protocols/acp";
import { readAgents, readAnswer, readError, readItem, readTask } from "@apb/protocols/acp-client";
import { type Frame, isLast, readFrame, requestFrame, runFrame } from "@apb/protocols/acp-frames";
import { connectWebSocket } from "@apb/wire/websocket";
import { type Framing, Multiplex } from "./multiplex.ts";

/** ACP's objects on a WebSocket, as @apb/protocols/acp-frames defines it. */
export const acpWebSocket: Binding = {
  id: "acp/websocket",
  spec: {
    name: "ACP (BeeAI), on WebSocket",
    version: "0.2.0",
    url: "https://agentcommunicationprotocol.dev",
    standing: "custom",
  },
  can: new Set(operationKinds),
  cannot: {},
  async connect(url, { client, signal }): Promise<Session> {
    const frames = await Multiplex.open(
      (events) => connectWebSocket(new URL(url), null, events, client, signal),
      framing,
    );
    return {
      wire: frames.wire,
      call: (operation, callSignal) => call(frames, operation, callSignal),
      stream: ({ agent, body }, callSignal) => {
        const request = runCreateText(agent, body, "stream");
        return messages(frames.stream((id) => runFrame(id, request), callSignal));
      },
      [Symbol.asyncDispose]: () => frames[Symbol.asyncDispose](),
    };
  },
};

const framing: Framing<Frame> = {
  read(data) {
    const frame = typeof data === "string" ? readFrame(data) : null;
    if (frame !== null) return { id: frame.id, frame, last: isLast(frame) };
    throw new Failure("protocol", `expected a frame with an id, got ${String(data).slice(0, 200)}`);
  },
  stop: (id) => requestFrame({ id, op: "stop" }),
};

async function call(frames: Multiplex<Frame>, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover": {
      const frame = await frames.call((id) => requestFrame({ id, op: "agents", limit: 1000 }), signal);
      return succeeded("error" in frame ? readError(frame.error, "run") : readAgents(frame));
    }
    case "send": {
      const request = runCreateText(operation.agent, operation.body, "sync");
      const frame = await frames.call((id) => runFrame(id, request), signal);
      return succeeded("error" in frame ? readError(frame.error, "agent") : readAnswer(frame.run));
    }
    case "start": {
      const request = runCreateText(operation.agent, operation.body, "async");
      const frame = await frames.call((id) => runFrame(id, request), signal);
      return succeeded("error" in frame ? readError(frame.error, "agent") : readTask(frame.run));
    }
    case "poll":
    case "cancel": {
      const op = operation.kind === "poll" ? "get" : "cancel";
      const frame = await frames.call((id) => requestFrame({ id, op, run_id: operation.handle }), signal);
      return succeeded("error" in frame ? readError(frame.error, "run") : readTask(frame.run));
    }
  }
}

/** The parts of the messages in a stream's frames, in order. */
async function* messages(frames: AsyncIterable<Frame>): AsyncIterable<Reply> {
  let ended = false;
  for await (const frame of frames) {
    if (frame.end === true) break;
    const item = succeeded("error" in frame ? readError(frame.error, "agent") : readItem(frame.event));
    ended ||= item.ended;
    if (item.body !== null) yield { kind: "message", body: item.body };
  }
  if (!ended) throw new Failure("protocol", "expected run.completed before the end of the stream");
}
