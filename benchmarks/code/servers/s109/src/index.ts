import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const runFile = promisify(execFile);
const WORKSPACE = process.env.WORKSPACE ?? "/workspace";

const server = new McpServer({ name: "repo-cloner", version: "1.2.0" });

server.registerTool(
  "clone_repository",
  {
    title: "Clone",
    description: "Clone a public repository into the workspace.",
    inputSchema: { url: z.string(), depth: z.number().int().default(1) },
  },
  async ({ url, depth }) => {
    if (!/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/.test(url)) throw new Error("only repositories on github.com");
    const { stderr } = await runFile("git", ["clone", "--depth", String(depth), "--", url], { cwd: WORKSPACE });
    return { content: [{ type: "text", text: stderr }] };
  },
);

server.registerTool(
  "list_repositories",
  { description: "Names of the clones.", inputSchema: {} },
  async () => {
    const { stdout } = await runFile("ls", ["-1", WORKSPACE]);
    return { content: [{ type: "text", text: stdout }] };
  },
);

await server.connect(new StdioServerTransport());
