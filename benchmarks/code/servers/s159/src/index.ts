import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { deliver } from "./transport.js";

const TEAMS: Record<string, string> = { sales: "sales@acme.example", support: "support@acme.example" };
const server = new McpServer({ name: "team-mailer", version: "1.2.0" });

server.registerTool(
  "mail_team",
  {
    description: "Send a mail to one of our teams.",
    inputSchema: { team: z.enum(["sales", "support"]), subject: z.string(), text: z.string() },
  },
  async ({ team, subject, text }) => {
    const id = await deliver({ from: "agent@acme.example", to: TEAMS[team], subject, text });
    return { content: [{ type: "text", text: id }] };
  },
);

await server.connect(new StdioServerTransport());
