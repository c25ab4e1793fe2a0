import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const FOLDER = join(homedir(), ".cache", "country-facts");
const WEEK = 7 * 24 * 3600 * 1000;

export async function cached(key, load) {
  const file = join(FOLDER, `${createHash("sha256").update(key).digest("hex")}.json`);
  const age = await stat(file).then((found) => Date.now() - found.mtimeMs, () => Infinity);
  if (age < WEEK) return JSON.parse(await readFile(file, "utf8"));
  const value = await load();
  await mkdir(FOLDER, { recursive: true });
  await writeFile(file, JSON.stringify(value));
  return value;
}
