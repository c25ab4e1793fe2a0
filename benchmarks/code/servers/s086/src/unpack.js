import AdmZip from "adm-zip";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

export function unpack(data, folder) {
  const archive = new AdmZip(data);
  const written = [];
  for (const entry of archive.getEntries()) {
    if (entry.isDirectory) continue;
    const target = join(folder, entry.entryName);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, entry.getData());
    written.push(entry.entryName);
  }
  return written;
}
