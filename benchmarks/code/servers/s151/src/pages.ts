import { promises as fs } from "node:fs";
import { resolve, sep } from "node:path";

const PAGES = resolve("pages");

export function pagePath(reference: string): string {
  const place = resolve(PAGES, `${decodeURIComponent(reference)}.md`);
  if (!place.startsWith(PAGES + sep)) throw new Error("bad reference");
  return place;
}

export const read = (reference: string) => fs.readFile(pagePath(reference), "utf8");

export async function write(reference: string, text: string): Promise<void> {
  await fs.writeFile(pagePath(reference), text);
}
