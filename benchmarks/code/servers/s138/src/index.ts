import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { kubectl, named } from "./kubectl.js";

const server = new McpServer({ name: "kube-rollout", version: "1.2.0" });
const target = { namespace: z.string(), deployment: z.string() };
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

server.registerTool(
  "restart",
  { description: "Restart a deployment.", inputSchema: target, annotations: { destructiveHint: true } },
  async ({ namespace, deployment }) =>
    text(await kubectl("rollout", "restart", `deployment/${named(deployment)}`, "-n", named(namespace))),
);

server.registerTool(
  "rollout_status",
  { description: "How far a rollout is.", inputSchema: target, annotations: { readOnlyHint: true } },
  async ({ namespace, deployment }) =>
    text(await kubectl("rollout", "status", `deployment/${named(deployment)}`, "-n", named(namespace), "--watch=false")),
);

await server.connect(new StdioServerTransport());
