import { readFileSync } from "node:fs";

const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Says on stderr when npm has a newer version. Installs nothing. */
export async function tellAboutUpdates() {
  if (process.env.NO_UPDATE_NOTIFIER || process.env.CI) return;
  try {
    const answer = await fetch(`https://registry.npmjs.org/${name}/latest`, { signal: AbortSignal.timeout(2000) });
    const latest = (await answer.json()).version;
    if (latest !== version) console.error(`${name} ${latest} is available (this is ${version}).`);
  } catch {
    // Being offline is fine.
  }
}
