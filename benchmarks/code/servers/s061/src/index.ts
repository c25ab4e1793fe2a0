import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { GitHub } from "./github.js";

const github = new GitHub();
const server = new McpServer({ name: "github-stars", version: "1.2.0" });

server.registerTool(
  "stars",
  { description: "How many stars a repository has.", inputSchema: { owner: z.string(), name: z.string() } },
  async ({ owner, name }) => ({ content: [{ type: "text", text: String(await github.stars(owner, name)) }] }),
);

await server.connect(new StdioServerTransport());
