const https = require("https");
const fs = require("fs");
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");

const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });

function get(path) {
  const options = {
    host: "printers.corp.example",
    path,
    agent,
    headers: { authorization: `Bearer ${process.env.PRINTER_TOKEN}` },
  };
  return new Promise((resolve, reject) => {
    https
      .get(options, (answer) => {
        let text = "";
        answer.on("data", (chunk) => (text += chunk));
        answer.on("end", () => resolve(JSON.parse(text)));
      })
      .on("error", reject);
  });
}

const server = new McpServer({ name: "printer-status", version: "1.2.0" });
server.tool("printers", "Printers and how much toner they have.", {}, async () => {
  const list = await get("/api/printers");
  return { content: [{ type: "text", text: list.map((one) => `${one.name}: ${one.toner}%`).join("\n") }] };
});
server.connect(new StdioServerTransport());
