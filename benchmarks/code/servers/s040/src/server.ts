import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const meetings: { title: string; day: string }[] = [];

export function build(): McpServer {
  const server = new McpServer({ name: "meeting-http", version: "1.2.0" });
  server.registerTool(
    "plan",
    { description: "Plan a meeting.", inputSchema: { title: z.string(), day: z.string() } },
    async (meeting) => {
      meetings.push(meeting);
      return { content: [{ type: "text", text: `${meetings.length} meetings` }] };
    },
  );
  server.registerTool("meetings", { description: "All meetings.", inputSchema: {} }, async () => ({
    content: [{ type: "text", text: meetings.map(({ title, day }) => `${day} ${title}`).join("\n") }],
  }));
  return server;
}
