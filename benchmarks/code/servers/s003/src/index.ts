import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { publicAddress } from "./guard.js";

const server = new McpServer({ name: "fetch-page", version: "1.2.0" });

server.registerTool(
  "fetch_page",
  { description: "Fetch a page of the public web.", inputSchema: { url: z.string().url() } },
  async ({ url }) => {
    let target = await publicAddress(url);
    for (let hop = 0; hop < 5; hop += 1) {
      const answer = await fetch(target, { redirect: "manual", signal: AbortSignal.timeout(15_000) });
      const next = answer.headers.get("location");
      if (answer.status < 300 || answer.status >= 400 || !next) {
        return { content: [{ type: "text", text: (await answer.text()).slice(0, 100_000) }] };
      }
      target = await publicAddress(new URL(next, target).href);
    }
    throw new Error("too many redirects");
  },
);

await server.connect(new StdioServerTransport());
