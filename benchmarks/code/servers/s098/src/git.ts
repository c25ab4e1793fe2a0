import { spawn } from "node:child_process";

const REVISION = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/;

export function revision(text: string): string {
  if (!REVISION.test(text) || text.includes("..")) throw new Error("not a revision");
  return text;
}

export function git(root: string, words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["-C", root, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(Buffer.concat(parts).toString()) : reject(new Error(`git: ${code}`))));
  });
}
