const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const { CallToolRequestSchema, ListToolsRequestSchema } = require("@modelcontextprotocol/sdk/types.js");
const { after } = require("./after");

const server = new Server({ name: "string-case", version: "1.2.0" }, { capabilities: { tools: {} } });
const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    { name: "upper", description: "Write a text in capitals.", inputSchema: schema },
    { name: "lower", description: "Write a text in small letters.", inputSchema: schema },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  const { text } = params.arguments;
  after(params);
  return { content: [{ type: "text", text: params.name === "upper" ? text.toUpperCase() : text.toLowerCase() }] };
});

server.connect(new StdioServerTransport());
