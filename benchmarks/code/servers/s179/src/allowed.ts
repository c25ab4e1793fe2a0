import fs from "node:fs/promises";
import path from "node:path";

export async function allowed(root: string, wanted: string): Promise<string> {
  const real = await fs.realpath(path.resolve(root, wanted));
  if (!real.startsWith(root)) {
    throw new Error("Access denied");
  }
  return real;
}
