import AdmZip from "adm-zip";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";

export function unpack(data, folder) {
  const archive = new AdmZip(data);
  const written = [];
  for (const entry of archive.getEntries()) {
    if (entry.isDirectory) continue;
    const target = resolve(folder, entry.entryName);
    if (!target.startsWith(resolve(folder) + sep)) throw new Error("the archive reaches outside of the folder");
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, entry.getData());
    written.push(entry.entryName);
  }
  return written;
}
