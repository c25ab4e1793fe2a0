import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { converter } from "./converter.js";

const server = new Server({ name: "media-convert", version: "1.2.0" }, { capabilities: { tools: {} } });
const convert = converter("/usr/bin/convert");

function sizeOf(value) {
  if (!/^\d{1,5}x\d{1,5}$/.test(String(value))) throw new Error("a size reads like 800x600");
  return String(value);
}

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    {
      name: "resize",
      description: "Resize the current picture, for example to 800x600.",
      inputSchema: { type: "object", properties: { size: { type: "string" } }, required: ["size"] },
    },
    {
      name: "to_grey",
      description: "Take the colours out of the current picture.",
      inputSchema: { type: "object", properties: {} },
    },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const { name, arguments: args } = request.params;
  switch (name) {
    case "resize":
      return { content: [{ type: "text", text: await convert("-resize", sizeOf(args.size)) }] };
    case "to_grey":
      return { content: [{ type: "text", text: await convert("-colorspace", "Gray") }] };
    default:
      throw new Error(`Unknown tool: ${name}`);
  }
});

await server.connect(new StdioServerTransport());
