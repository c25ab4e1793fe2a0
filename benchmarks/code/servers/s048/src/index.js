import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { warm } from "./cache.js";

const EMOJI = { smile: "😄", heart: "❤", rocket: "🚀" };
const server = new McpServer({ name: "emoji", version: "1.2.0" });

server.tool("emoji", "The emoji of a name.", { name: z.string() }, async ({ name }) => ({
  content: [{ type: "text", text: EMOJI[name] ?? "unknown" }],
}));

warm();
await server.connect(new StdioServerTransport());
