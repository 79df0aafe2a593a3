/**
 * An MCP server as anybody would write it with the official SDK: `node word-count.mjs PORT`, or `stdio`, one tool that takes an object.
 * With TOKEN in its environment it lets nobody in who does not bring it.
 */
import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

function wordServer() {
  const server = new McpServer({ name: "words", version: "1.0.0" });
  server.registerTool(
    "word_count",
    {
      description: "Counts words and tells the most frequent ones",
      inputSchema: z.object({ document: z.string(), top: z.number().int() }),
      outputSchema: z.object({ words: z.number(), most: z.array(z.string()) }),
    },
    async ({ document, top }) => {
      if (top < 1) throw new Error(`top must be at least 1, not ${top}`);
      const counts = new Map();
      for (const word of document.split(/\s+/)) counts.set(word, (counts.get(word) ?? 0) + 1);
      const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, top);
      const found = { words: document.split(/\s+/).length, most: most.map(([word]) => word) };
      return { content: [{ type: "text", text: JSON.stringify(found) }], structuredContent: found };
    },
  );
  return server;
}

if (process.argv[2] === "stdio") serveStdio(wordServer, { transport: new StdioServerTransport() });
else serveHttp();

function serveHttp() {
  const answer = toNodeHandler(createMcpHandler(wordServer));
  const server = createServer((request, response) => {
    const { TOKEN } = process.env;
    if (TOKEN === undefined || request.headers.authorization === `Bearer ${TOKEN}`) void answer(request, response);
    else response.writeHead(401).end("who are you?");
  });
  server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
    process.stdout.write(`http://127.0.0.1:${server.address().port}/mcp\n`);
  });
}
