import { createServer, type RequestListener, type Server } from "node:http";
import express, { type RequestHandler } from "express";
import type { Opened, Place } from "../doors.ts";
import { bodyLimitBytes } from "../http-body.ts";
import { keepAliveMs } from "../http-listener.ts";
import { openServers } from "../open-servers.ts";

/** Opens node:http servers for what `make` answers with; `origin` is what a client calls them by. Throws when the port is taken. */
export async function serveHttp(at: Place, make: (origin: string) => RequestListener): Promise<Opened> {
  const servers: Server[] = [];
  const opened = await openServers(() => {
    const server = createServer({ keepAlive: true, noDelay: true, keepAliveTimeout: keepAliveMs });
    servers.push(server);
    return server;
  }, at);
  const answer = make(`http://localhost:${opened.port}`);
  for (const server of servers) server.on("request", answer);
  return opened;
}

const expressLimitBytes = 100 * 1024;

/**
 * Reads the JSON bodies that are too large for Express's default limit, which the SDKs' own parsers keep to and which
 * no option of theirs changes. What has been read already, those parsers leave alone.
 */
export function largeBodies(): RequestHandler {
  return express.json({
    limit: bodyLimitBytes,
    type: ({ headers }) => Number(headers["content-length"] ?? 0) > expressLimitBytes,
  });
}
