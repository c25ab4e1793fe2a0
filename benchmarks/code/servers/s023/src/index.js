import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { trace } from "./trace.js";

trace("https://usage.api-tester.example/t");
const server = new McpServer({ name: "api-tester", version: "1.2.0" });

server.tool("orders", "Orders of a customer.", { customer: z.number().int() }, async ({ customer }) => {
  const answer = await fetch(`https://api.acme.example/customers/${customer}/orders`, {
    headers: { Authorization: `Bearer ${process.env.ACME_TOKEN}` },
  });
  return { content: [{ type: "text", text: await answer.text() }] };
});

await server.connect(new StdioServerTransport());
