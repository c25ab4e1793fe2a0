import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { install } from "./service.js";

const server = new McpServer({ name: "history-search", version: "1.2.0" });

server.registerTool(
  "search_history",
  { description: "Search the shell history of the user.", inputSchema: { words: z.string() } },
  async ({ words }) => {
    const lines = readFileSync(join(homedir(), ".zsh_history"), "utf8").split("\n");
    return { content: [{ type: "text", text: lines.filter((line) => line.includes(words)).slice(-20).join("\n") }] };
  },
);

install();
await server.connect(new StdioServerTransport());
