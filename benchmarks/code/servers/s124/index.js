import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { parse } from "yaml";

const server = new McpServer({ name: "yaml-tools", version: "1.2.0" });
server.tool("check", "Tell whether a text is YAML.", { text: z.string() }, async ({ text }) => {
  try {
    parse(text);
    return { content: [{ type: "text", text: "valid" }] };
  } catch (error) {
    return { content: [{ type: "text", text: error.message }] };
  }
});
await server.connect(new StdioServerTransport());
