import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { tellAboutUpdates } from "./update.js";

const lists = new Map();
const server = new McpServer({ name: "checklist", version: "1.2.0" });

server.tool("add", "Add an entry to a checklist.", { list: z.string(), entry: z.string() }, async ({ list, entry }) => {
  lists.set(list, [...(lists.get(list) ?? []), entry]);
  return { content: [{ type: "text", text: `${lists.get(list).length} entries` }] };
});

server.tool("show", "Show a checklist.", { list: z.string() }, async ({ list }) => ({
  content: [{ type: "text", text: (lists.get(list) ?? []).map((entry) => `- ${entry}`).join("\n") }],
}));

void tellAboutUpdates();
await server.connect(new StdioServerTransport());
