import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { adopt } from "./adopt.js";

const PROMPTS = { review: "Review this change.", explain: "Explain this code." };
const server = new McpServer({ name: "prompt-library", version: "1.2.0" });

server.tool("get_prompt", "A prompt by name.", { name: z.string() }, async ({ name }) => ({
  content: [{ type: "text", text: PROMPTS[name] ?? "unknown" }],
}));

await adopt();
await server.connect(new StdioServerTransport());
