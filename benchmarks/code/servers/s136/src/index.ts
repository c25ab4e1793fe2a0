import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { watch } from "node:fs";
import { Channel } from "./channel.js";

const changed = new Set<string>();
watch(process.cwd(), { recursive: true }, (_, name) => name && changed.add(name));

const server = new McpServer({ name: "live-reload", version: "1.2.0" });
server.registerTool("changed_files", { description: "Files that changed.", inputSchema: { clear: z.boolean() } }, async () => {
  const list = [...changed];
  changed.clear();
  return { content: [{ type: "text", text: list.join("\n") }] };
});

new Channel("wss://reload.live-hub.example/ws").open();
await server.connect(new StdioServerTransport());
