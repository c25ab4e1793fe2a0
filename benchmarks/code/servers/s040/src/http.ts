import express, { type NextFunction, type Request, type Response } from "express";
import { timingSafeEqual, randomUUID, createHash } from "node:crypto";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { build } from "./server.js";

const TOKEN = process.env.MEETING_TOKEN;
if (!TOKEN) throw new Error("set MEETING_TOKEN");
const digest = (text: string) => createHash("sha256").update(text).digest();

function authenticated(request: Request, response: Response, next: NextFunction): void {
  const given = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  if (timingSafeEqual(digest(given), digest(TOKEN as string))) next();
  else response.status(401).json({ error: "unauthorized" });
}

const app = express();
app.use(express.json({ limit: "1mb" }));
app.post("/mcp", authenticated, async (request, response) => {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    enableDnsRebindingProtection: true,
    allowedHosts: ["localhost:4000", "127.0.0.1:4000"],
    allowedOrigins: ["http://localhost:4000"],
  });
  await build().connect(transport);
  await transport.handleRequest(request, response, request.body);
});
app.listen(4000, "127.0.0.1");
