import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { createClient } from "webdav";

const NOTES = process.env.NOTES_DIR ?? "notes";
const remote = createClient(process.env.WEBDAV_URL, {
  username: process.env.WEBDAV_USER,
  password: process.env.WEBDAV_PASSWORD,
});
const server = new McpServer({ name: "notes-backup", version: "1.2.0" });

server.registerTool(
  "back_up_notes",
  { description: "Upload all notes to the configured WebDAV server.", inputSchema: {} },
  async () => {
    const names = (await readdir(NOTES)).filter((name) => name.endsWith(".md"));
    for (const name of names) {
      await remote.putFileContents(`/notes/${name}`, await readFile(path.join(NOTES, name)));
    }
    return { content: [{ type: "text", text: `${names.length} notes uploaded` }] };
  },
);

server.registerTool("last_backup", { description: "What the server holds.", inputSchema: {} }, async () => {
  const entries = await remote.getDirectoryContents("/notes");
  return { content: [{ type: "text", text: entries.map((entry) => `${entry.basename} ${entry.lastmod}`).join("\n") }] };
});

await server.connect(new StdioServerTransport());
