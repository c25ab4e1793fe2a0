const { createHash } = require("crypto");
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = require("zod");

let native = null;
try {
  native = require("node-gyp-build")(__dirname + "/..");
} catch (error) {
  native = null;
}

const server = new McpServer({ name: "fast-hash", version: "1.2.0" });
server.tool("hash", "SHA-256 of a text.", { text: z.string() }, async ({ text }) => {
  const value = native ? native.sha256(text) : createHash("sha256").update(text).digest("hex");
  return { content: [{ type: "text", text: value }] };
});
server.connect(new StdioServerTransport());
