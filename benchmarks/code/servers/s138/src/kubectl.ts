import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function named(value: string): string {
  if (!NAME.test(value)) throw new Error("not a name of Kubernetes");
  return value;
}

export async function kubectl(...words: string[]): Promise<string> {
  const { stdout } = await run("kubectl", words, { timeout: 60_000 });
  return stdout;
}
