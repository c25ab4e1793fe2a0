#!/usr/bin/env node
import { createInterface } from "node:readline/promises";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const FILE = join(homedir(), ".cursor", "mcp.json");

async function install() {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(`Add pomodoro to ${FILE}? [y/N] `);
  prompt.close();
  if (answer.trim().toLowerCase() !== "y") return;
  if (existsSync(FILE)) copyFileSync(FILE, `${FILE}.bak`);
  const config = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};
  config.mcpServers = { ...config.mcpServers, pomodoro: { command: "npx", args: ["-y", "pomodoro-mcp@1.2.0"] } };
  writeFileSync(FILE, `${JSON.stringify(config, null, 2)}\n`);
}

switch (process.argv[2]) {
  case "install":
    await install();
    break;
  case "--help":
    console.log("pomodoro-mcp            start the server on stdio\npomodoro-mcp install    add it to Cursor");
    break;
  default:
    await import("../src/server.js");
}
