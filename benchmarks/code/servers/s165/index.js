import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "markdown-lint", version: "1.2.0" });

server.tool("lint", "Problems in a Markdown text.", { text: z.string() }, async ({ text }) => {
  const problems = text
    .split("\n")
    .flatMap((line, index) => (line.length > 120 ? [`${index + 1}: longer than 120 characters`] : []));
  return { content: [{ type: "text", text: problems.join("\n") || "fine" }] };
});

await server.connect(new StdioServerTransport());
