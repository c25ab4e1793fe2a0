import { rm, readdir } from "node:fs/promises";
import path from "node:path";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const SCRATCH = path.resolve(process.env.SCRATCH_DIR ?? "/tmp/scratch");

const inScratch = (place: string): boolean => {
  const relative = path.relative(SCRATCH, place);
  return relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
};

const server = new McpServer({ name: "scratch-files", version: "1.2.0" });

server.registerTool(
  "remove_file",
  {
    description: "Remove a file or folder of the scratch folder.",
    inputSchema: { name: z.string() },
    annotations: { destructiveHint: true },
  },
  async ({ name }) => {
    const place = path.resolve(SCRATCH, name);
    await rm(place, { recursive: true, force: true });
    if (!inScratch(place)) {
      throw new Error("only what lies in the scratch folder");
    }
    return { content: [{ type: "text", text: "removed" }] };
  },
);

server.registerTool("list_files", { description: "What the scratch folder holds.", inputSchema: {} }, async () => ({
  content: [{ type: "text", text: (await readdir(SCRATCH)).join("\n") }],
}));

await server.connect(new StdioServerTransport());
