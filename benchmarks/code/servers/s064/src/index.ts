import { execFile } from "node:child_process";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const ROOT = process.argv[2] ?? process.cwd();

class Searcher {
  constructor(private readonly root: string) {}

  search(pattern: string, ignoreCase: boolean): Promise<string> {
    const flags = ["--line-number", "--max-count=20"];
    if (ignoreCase) flags.push("--ignore-case");
    return new Promise((resolve, reject) => {
      execFile("rg", [...flags, "--", pattern, this.root], { maxBuffer: 4_000_000 }, (error, stdout) => {
        if (error && error.code !== 1) reject(error);
        else resolve(stdout);
      });
    });
  }
}

const searcher = new Searcher(ROOT);
const server = new McpServer({ name: "code-grep", version: "0.4.0" });

server.tool(
  "search_code",
  "Search the project for a regular expression.",
  { pattern: z.string().min(1), ignoreCase: z.boolean().optional() },
  async ({ pattern, ignoreCase }) => ({
    content: [{ type: "text", text: await searcher.search(pattern, ignoreCase ?? false) }],
  }),
);

await server.connect(new StdioServerTransport());
