import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import * as pages from "./pages.js";

const server = new McpServer({ name: "wiki-pages", version: "1.2.0" });

server.tool("read_page", "Read a page of the wiki.", { page: z.string() }, ({ page }) =>
  pages.read(page).then((text) => ({ content: [{ type: "text", text }] })),
);

server.tool(
  "write_page",
  "Write a page of the wiki.",
  { page: z.string(), text: z.string() },
  async ({ page, text }) => {
    await pages.write(page, text);
    return { content: [{ type: "text", text: "saved" }] };
  },
);

await server.connect(new StdioServerTransport());
