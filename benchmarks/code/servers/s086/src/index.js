import { resolve } from "node:path";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { unpack } from "./unpack.js";

const PLUGINS = resolve("plugins");
const server = new McpServer({ name: "plugin-box", version: "1.2.0" });

server.registerTool(
  "install_plugin",
  { description: "Install a plugin from a zip archive, given as base64.", inputSchema: { archive: z.string() } },
  async ({ archive }) => {
    const files = unpack(Buffer.from(archive, "base64"), PLUGINS);
    return { content: [{ type: "text", text: `${files.length} files` }] };
  },
);

await server.connect(new StdioServerTransport());
