/**
 * An A2A agent as anybody would write it with the official SDK: `node summarizer.mjs PORT`, over JSON-RPC and REST, found by
 * its card. It takes data or a text, and answers with a task's artifact or, asked for nothing, with a failed task.
 */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { AgentCard, Role, TaskState } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

const app = express();
const server = createServer(app);

function wanted(parts) {
  const [part] = parts;
  const content = part?.content;
  if (content?.$case === "data") return content.value;
  return { text: content?.$case === "text" ? content.value : "", sentences: 1 };
}

const executor = {
  async execute({ taskId, contextId, userMessage }, bus) {
    const { text = "", sentences = 1 } = wanted(userMessage.parts);
    const said = (value) => ({
      content: { $case: "text", value },
      mediaType: "text/plain",
      filename: "",
      metadata: undefined,
    });
    const status = (state, message) => ({ state, message, timestamp: new Date().toISOString() });
    const task = (state, message, artifacts) =>
      AgentEvent.task({
        id: taskId,
        contextId,
        status: status(state, message),
        artifacts,
        history: [],
        metadata: undefined,
      });
    if (text === "") {
      const message = {
        ...{ messageId: randomUUID(), contextId, taskId, role: Role.ROLE_AGENT },
        ...{
          parts: [said("there is nothing to summarize")],
          metadata: undefined,
          extensions: [],
          referenceTaskIds: [],
        },
      };
      bus.publish(task(TaskState.TASK_STATE_FAILED, message, []));
    } else {
      const summary = text
        .split(/(?<=\.)\s+/)
        .slice(0, sentences)
        .join(" ");
      const artifact = {
        ...{ artifactId: "summary", name: "", description: "", parts: [said(summary)] },
        ...{ metadata: undefined, extensions: [] },
      };
      bus.publish(task(TaskState.TASK_STATE_COMPLETED, undefined, [artifact]));
    }
    bus.finished();
  },
  async cancelTask() {},
};

server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const card = AgentCard.fromJSON({
    name: "Summarizer",
    description: "Keeps the first sentences of a text",
    version: "1.0.0",
    supportedInterfaces: [
      { url: `${origin}/a2a/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url: `${origin}/a2a/rest`, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
    ],
    capabilities: { streaming: true, pushNotifications: false },
    defaultInputModes: ["text/plain", "application/json"],
    defaultOutputModes: ["text/plain"],
    skills: [{ id: "summarize", name: "Summarize", description: "Keeps the first sentences", tags: ["text"] }],
  });
  const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
  const userBuilder = UserBuilder.noAuthentication;
  app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }));
  app.use("/a2a/rpc", jsonRpcHandler({ requestHandler, userBuilder }));
  app.use("/a2a/rest", restHandler({ requestHandler, userBuilder }));
  process.stdout.write(`${origin}/.well-known/agent-card.json\n`);
});
