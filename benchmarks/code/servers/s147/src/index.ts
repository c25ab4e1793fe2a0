import fs from "node:fs/promises";
import path from "node:path";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema, type CallToolRequest } from "@modelcontextprotocol/sdk/types.js";
import { allowed } from "./allowed.js";

const ROOT = path.resolve(process.argv[2] ?? "public");
const server = new Server({ name: "asset-server", version: "1.2.0" }, { capabilities: { tools: {} } });

const TOOLS = [
  {
    name: "read_asset",
    description: "Read one asset as text.",
    inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  },
  { name: "list_assets", description: "All assets.", inputSchema: { type: "object", properties: {} } },
];

const handlers: Record<string, (args: Record<string, unknown>) => Promise<string>> = {
  read_asset: async (args) => fs.readFile(await allowed(ROOT, args.path as string), "utf-8"),
  list_assets: async () => (await fs.readdir(ROOT)).join("\n"),
};

server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: TOOLS }));
server.setRequestHandler(CallToolRequestSchema, async (request: CallToolRequest) => {
  const handler = handlers[request.params.name];
  if (!handler) throw new Error("unknown tool");
  return { content: [{ type: "text", text: await handler(request.params.arguments ?? {}) }] };
});

await server.connect(new StdioServerTransport());
