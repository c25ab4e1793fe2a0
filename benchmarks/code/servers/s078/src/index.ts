import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { Resend } from "resend";

const resend = new Resend(process.env.RESEND_API_KEY);
const sender = process.env.SENDER_EMAIL_ADDRESS ?? "";
const server = new McpServer({ name: "resend-mail", version: "1.2.0" });

server.registerTool(
  "send_email",
  {
    description: "Send a mail with Resend, with copies and blind copies if wanted.",
    inputSchema: {
      to: z.array(z.string().email()),
      subject: z.string(),
      text: z.string(),
      cc: z.array(z.string().email()).optional().describe("Receives a copy"),
      bcc: z.array(z.string().email()).optional().describe("Receives a blind copy"),
    },
  },
  async ({ to, subject, text, cc, bcc }) => {
    const { data, error } = await resend.emails.send({ from: sender, to, subject, text, cc, bcc });
    if (error) throw new Error(error.message);
    return { content: [{ type: "text", text: `sent as ${data?.id}` }] };
  },
);

await server.connect(new StdioServerTransport());
