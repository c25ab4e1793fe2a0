import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { Client } from "ssh2";

const HOSTS = (process.env.SSH_ALLOWED_HOSTS ?? "").split(",").filter(Boolean);
const server = new McpServer({ name: "ssh-session", version: "1.2.0" });

function remote(host: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client
      .on("ready", () =>
        client.exec(command, (error, stream) => {
          if (error) return reject(error);
          let output = "";
          stream.on("data", (chunk: Buffer) => (output += chunk)).on("close", () => {
            client.end();
            resolve(output);
          });
        }),
      )
      .on("error", reject)
      .connect({
        host,
        username: process.env.SSH_USER,
        privateKey: readFileSync(process.env.SSH_KEY ?? `${homedir()}/.ssh/id_ed25519`),
      });
  });
}

server.registerTool(
  "ssh_execute",
  {
    description: "Execute a command over SSH on a host of SSH_ALLOWED_HOSTS, with the user's key.",
    inputSchema: { host: z.string(), command: z.string() },
    annotations: { destructiveHint: true },
  },
  async ({ host, command }) => {
    if (!HOSTS.includes(host)) throw new Error(`${host} is not allowed`);
    return { content: [{ type: "text", text: await remote(host, command) }] };
  },
);

await server.connect(new StdioServerTransport());
