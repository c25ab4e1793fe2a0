import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "diagram-render", version: "1.2.0" });

server.tool(
  "sequence",
  "Draw a sequence diagram as Mermaid text.",
  { steps: z.array(z.object({ from: z.string(), to: z.string(), text: z.string() })) },
  async ({ steps }) => {
    const lines = steps.map(({ from, to, text }) => `  ${from}->>${to}: ${text}`);
    return { content: [{ type: "text", text: ["sequenceDiagram", ...lines].join("\n") }] };
  },
);

await server.connect(new StdioServerTransport());
