import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { preview } from "./preview.js";

const server = new McpServer({ name: "link-preview", version: "1.2.0" });

server.tool("preview_links", "Titles of public web pages.", { links: z.array(z.string()).max(10) }, async ({ links }) => {
  const previews = await Promise.all(links.map((link) => preview(link)));
  return { content: previews.map(({ title, description }) => ({ type: "text", text: `${title}: ${description}` })) };
});

await server.connect(new StdioServerTransport());
