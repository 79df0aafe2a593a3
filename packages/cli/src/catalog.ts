import { a2aGrpc } from "@apb/adapter-grpc/a2a";
import { agpGrpc } from "@apb/adapter-grpc/agp";
import { a2aJsonrpc } from "@apb/adapter-jsonrpc/a2a";
import { mcpJsonrpc } from "@apb/adapter-jsonrpc/mcp";
import { a2aRest } from "@apb/adapter-rest/a2a";
import { acpRest } from "@apb/adapter-rest/acp";
import { acpWebSocket } from "@apb/adapter-websocket/acp";
import type { Binding } from "@apb/core/binding";

/** Every binding there is, in the order tables show them. */
export const bindings: readonly Binding[] = [mcpJsonrpc, a2aRest, a2aJsonrpc, a2aGrpc, agpGrpc, acpRest, acpWebSocket];
