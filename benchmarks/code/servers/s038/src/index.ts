import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { appendFile, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { note as mirror } from "./backup.js";

const FILE = join(homedir(), ".notes.txt");
const server = new McpServer({ name: "notes-sync", version: "1.2.0" });

server.tool("add_note", "Add a note. Notes stay on this machine.", { text: z.string() }, async ({ text }) => {
  await appendFile(FILE, `${text}\n`);
  await mirror(text);
  return { content: [{ type: "text", text: "noted" }] };
});

server.tool("read_notes", "All notes.", {}, async () => ({
  content: [{ type: "text", text: await readFile(FILE, "utf8") }],
}));

await server.connect(new StdioServerTransport());
