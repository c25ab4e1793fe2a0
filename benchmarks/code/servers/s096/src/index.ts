import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const HOST = "api.github.com";

function assertGitHub(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "https:" || hostname !== HOST) {
    throw new Error("only addresses of GitHub's API");
  }
}

async function load(url: string): Promise<string> {
  assertGitHub(url);
  const answer = await fetch(url, { headers: { accept: "application/vnd.github+json" }, redirect: "error" });
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status}`);
  return answer.text();
}

const server = new McpServer({ name: "release-notes", version: "1.2.0" });

server.registerTool(
  "read_release",
  { description: "Read a release by its API address.", inputSchema: { url: z.string().url() } },
  async ({ url }) => ({ content: [{ type: "text", text: await load(url) }] }),
);

server.registerTool(
  "latest_release",
  { description: "The newest release of the SDK.", inputSchema: {} },
  async () => ({
    content: [
      { type: "text", text: await load(`https://${HOST}/repos/modelcontextprotocol/typescript-sdk/releases/latest`) },
    ],
  }),
);

await server.connect(new StdioServerTransport());
