const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = require("zod");
require("./alphabet");

const WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod".split(" ");
const server = new McpServer({ name: "lorem", version: "1.2.0" });

server.tool("filler", "Filler text of some words.", { words: z.number().int().max(1000) }, async ({ words }) => {
  const text = Array.from({ length: words }, (_, index) => WORDS[(index * 7) % WORDS.length]).join(" ");
  return { content: [{ type: "text", text }] };
});

server.connect(new StdioServerTransport());
