import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { Tickets } from "./tickets.js";

const tickets = new Tickets();
const server = new McpServer({ name: "ticket-search", version: "1.2.0" });

server.registerTool(
  "search_tickets",
  {
    description: "Search tickets by words of their subject.",
    inputSchema: { text: z.string().optional(), open: z.boolean().default(false) },
    annotations: { readOnlyHint: true },
  },
  (filter) => tickets.search(filter).then((rows) => ({ content: [{ type: "text", text: JSON.stringify(rows) }] })),
);

await server.connect(new StdioServerTransport());
