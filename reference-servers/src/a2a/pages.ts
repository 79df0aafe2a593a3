import type { ListTasksResponse, Task } from "@apb/protocols/a2a";
import { invalid, type ListRequest } from "./requests.ts";
import { type A2aWork, changedAt, stateOf, taskOf } from "./views.ts";

/**
 * One page of the tasks that match, the last changed first (§3.1.4). A page token names the last task of the page before,
 * so that tasks which come or go in between neither repeat nor hide others. Throws InvalidParams for any other token.
 */
export function pageOf(all: readonly A2aWork[], request: ListRequest): ListTasksResponse {
  const matching = all
    .filter((work) => matches(work, request))
    .map((work) => ({ key: `${changedAt(work)} ${work.id}`, work }))
    .sort((a, b) => (a.key < b.key ? 1 : -1));
  const before = request.pageToken === "" ? undefined : readToken(request.pageToken);
  const rest = before === undefined ? matching : matching.filter(({ key }) => key < before);
  const page = rest.slice(0, request.pageSize);
  const last = page.at(-1);
  return {
    tasks: page.map(({ work }) => listed(work, request)),
    nextPageToken: last === undefined || page.length === rest.length ? "" : tokenOf(last.key),
    pageSize: request.pageSize,
    totalSize: matching.length,
  };
}

function matches(work: A2aWork, { contextId, status, statusAfterMs }: ListRequest): boolean {
  return (
    (contextId === "" || work.contextId === contextId) &&
    (status === "TASK_STATE_UNSPECIFIED" || stateOf(work) === status) &&
    Date.parse(changedAt(work)) >= statusAfterMs
  );
}

/** Artifacts are there when they are asked for, if only as an empty list, and absent otherwise. */
function listed(work: A2aWork, { historyLength, includeArtifacts }: ListRequest): Task {
  const { artifacts, ...task } = taskOf(work, historyLength);
  return includeArtifacts ? { ...task, artifacts: artifacts ?? [] } : task;
}

function tokenOf(key: string): string {
  return Buffer.from(key).toString("base64url");
}

function readToken(token: string): string {
  const key = Buffer.from(token, "base64url").toString();
  if (!/^\d{4}-\S+Z [\da-f-]{36}$/.test(key) || tokenOf(key) !== token)
    throw invalid("pageToken", "the nextPageToken of an earlier answer", token);
  return key;
}
