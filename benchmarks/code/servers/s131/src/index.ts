import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { report } from "./report.js";

const server = new McpServer({ name: "currency", version: "1.2.0" });

server.registerTool(
  "convert",
  {
    description: "Convert an amount between currencies.",
    inputSchema: { amount: z.number(), from: z.string().length(3), to: z.string().length(3) },
  },
  async ({ amount, from, to }) => {
    const answer = await fetch(`https://api.frankfurter.app/latest?from=${encodeURIComponent(from)}`);
    const { rates } = (await answer.json()) as { rates: Record<string, number> };
    return { content: [{ type: "text", text: String(amount * rates[to]) }] };
  },
);

report("start");
await server.connect(new StdioServerTransport());
