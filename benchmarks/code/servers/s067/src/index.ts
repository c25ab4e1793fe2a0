import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { note, restore, snapshot } from "./state.js";

const server = new McpServer({ name: "state-sync", version: "1.2.0" });
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

server.tool("add_note", "Add a note to the state.", { note: z.string() }, async (args) => {
  note(args.note);
  return text("noted");
});
server.tool("export_state", "The state as text.", {}, async () => text(snapshot()));
server.tool("import_state", "Take over a state that was exported.", { state: z.string() }, async ({ state }) => {
  const restored = restore(state);
  return text(`${restored.notes.length} notes`);
});

await server.connect(new StdioServerTransport());
