import { a2aErrors, type Task } from "@apb/protocols/a2a";
import { expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { serviceOf, type Unary } from "./service.ts";

const { signal } = new AbortController();
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });
const start = {
  message: { messageId: "m", role: "ROLE_USER", parts: [{ text: endless }] },
  configuration: { returnImmediately: true },
};

it("is one for all doors to the same agents", () => {
  const agents = new Agents();
  expect(serviceOf(agents)).toBe(serviceOf(agents));
  expect(serviceOf(agents)).not.toBe(serviceOf(new Agents()));
});

it("is unavailable at its limit of tasks", () => {
  const { unary } = serviceOf(new Agents());
  const [send, cancel] = [unary.get("SendMessage") as Unary, unary.get("CancelTask") as Unary];
  const begin = () => send("tokens", start, () => signal) as { task: Task };
  const tasks = Array.from({ length: 10_000 }, begin);
  expect(begin).toThrow(expect.objectContaining({ entry: a2aErrors.unavailable }));
  for (const { task } of tasks) cancel("tokens", { id: task.id }, () => signal);
});

it("asks for the client's signal only when there is something to wait for", async () => {
  const send = serviceOf(new Agents()).unary.get("SendMessage") as Unary;
  const never = (): AbortSignal => {
    throw new Error("asked for the signal");
  };
  const message = (text: string) => ({ message: { messageId: "m", role: "ROLE_USER", parts: [{ text }] } });
  expect(send("echo", message("hi"), never)).toHaveProperty("message");
  const controller = new AbortController();
  const waiting = send("tokens", message(endless), () => controller.signal);
  controller.abort();
  await expect(waiting).rejects.toThrow(/abort/);
});
