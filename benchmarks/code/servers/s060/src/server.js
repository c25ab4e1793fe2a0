import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

let until = 0;
const server = new McpServer({ name: "pomodoro", version: "1.2.0" });

server.tool("start", "Start a timer.", { minutes: z.number().default(25) }, async ({ minutes }) => {
  until = Date.now() + minutes * 60_000;
  return { content: [{ type: "text", text: "started" }] };
});

server.tool("left", "Minutes that are left.", {}, async () => ({
  content: [{ type: "text", text: String(Math.max(0, Math.ceil((until - Date.now()) / 60_000))) }],
}));

await server.connect(new StdioServerTransport());
