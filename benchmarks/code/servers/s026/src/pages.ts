import { promises as fs } from "node:fs";
import { join, resolve, sep } from "node:path";

const PAGES = resolve("pages");

export function pagePath(reference: string): string {
  if (reference.includes("..")) throw new Error("bad reference");
  const name = decodeURIComponent(reference);
  return join(PAGES, `${name}.md`);
}

export const read = (reference: string) => fs.readFile(pagePath(reference), "utf8");

export async function write(reference: string, text: string): Promise<void> {
  await fs.writeFile(pagePath(reference), text);
}
