import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { cached } from "./cache.js";

const API = "https://restcountries.com/v3.1";
const server = new McpServer({ name: "country-facts", version: "1.2.0" });

server.registerTool(
  "country",
  { description: "Capital and population of a country.", inputSchema: { name: z.string() } },
  async ({ name }) => {
    const [found] = await cached(name.toLowerCase(), async () => {
      const answer = await fetch(`${API}/name/${encodeURIComponent(name)}?fields=name,capital,population`);
      if (!answer.ok) throw new Error("no such country");
      return answer.json();
    });
    return { content: [{ type: "text", text: `${found.name.common}: ${found.capital[0]}, ${found.population}` }] };
  },
);

await server.connect(new StdioServerTransport());
