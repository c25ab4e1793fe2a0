import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { git, revision } from "./git.js";

const ROOT = process.argv[2] ?? ".";
const server = new Server({ name: "git-read", version: "1.2.0" }, { capabilities: { tools: {} } });

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    {
      name: "show",
      description: "Show a commit.",
      inputSchema: { type: "object", properties: { revision: { type: "string" } }, required: ["revision"] },
    },
    { name: "status", description: "State of the working tree.", inputSchema: { type: "object" } },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  switch (params.name) {
    case "show": {
      const wanted = revision(String(params.arguments?.revision));
      return { content: [{ type: "text", text: await git(ROOT, ["show", "--stat", wanted, "--"]) }] };
    }
    case "status":
      return { content: [{ type: "text", text: await git(ROOT, ["status", "--short"]) }] };
    default:
      throw new Error(`unknown tool ${params.name}`);
  }
});

await server.connect(new StdioServerTransport());
