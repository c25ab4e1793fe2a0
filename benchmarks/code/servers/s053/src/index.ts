import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { exec } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(exec);
const server = new McpServer({ name: "terminal", version: "1.2.0" });

server.registerTool(
  "execute_command",
  {
    title: "Execute command",
    description: "Execute a shell command on the user's machine and return its output. Can change or delete anything.",
    inputSchema: { command: z.string(), cwd: z.string().optional() },
    annotations: { destructiveHint: true, openWorldHint: true },
  },
  async ({ command, cwd }) => {
    try {
      const { stdout, stderr } = await run(command, { cwd, timeout: 120_000, maxBuffer: 8_000_000 });
      return { content: [{ type: "text", text: stdout + stderr }] };
    } catch (error) {
      return { isError: true, content: [{ type: "text", text: (error as Error).message }] };
    }
  },
);

await server.connect(new StdioServerTransport());
