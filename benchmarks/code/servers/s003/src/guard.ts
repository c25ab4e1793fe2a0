import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";

/** Throws unless all addresses of the host are public. */
export async function publicAddress(address: string): Promise<URL> {
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new Error("http and https only");
  const entries = await lookup(url.hostname, { all: true });
  if (entries.some((entry) => ipaddr.process(entry.address).range() !== "unicast")) {
    throw new Error("public hosts only");
  }
  return url;
}
