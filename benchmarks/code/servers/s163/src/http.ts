import express from "express";
import cors from "cors";
import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

const todos: string[] = [];

function build(): McpServer {
  const server = new McpServer({ name: "todo-http", version: "1.2.0" });
  server.registerTool("add", { description: "Add a todo.", inputSchema: { text: z.string() } }, async ({ text }) => {
    todos.push(text);
    return { content: [{ type: "text", text: `${todos.length} todos` }] };
  });
  server.registerTool("clear", { description: "Remove all todos.", inputSchema: {} }, async () => {
    todos.length = 0;
    return { content: [{ type: "text", text: "cleared" }] };
  });
  return server;
}

const app = express();
app.use(express.json());
app.use(cors({ origin: "http://localhost:5173" }));

app.post("/mcp", async (request, response) => {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    enableDnsRebindingProtection: true,
    allowedHosts: ["127.0.0.1:3333"],
    allowedOrigins: ["http://localhost:5173"],
  });
  await build().connect(transport);
  await transport.handleRequest(request, response, request.body);
});

app.listen(3333, "127.0.0.1", () => console.error("listening on 3333"));
