import axios from "axios";
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";

export interface Preview {
  title: string;
  description: string;
}

export async function isPublic(hostname: string): Promise<boolean> {
  const found = await lookup(hostname, { all: true });
  return found.every(({ address }) => ipaddr.process(address).range() === "unicast");
}

const pick = (html: string, pattern: RegExp): string => pattern.exec(html)?.[1]?.trim() ?? "";

export async function preview(link: string): Promise<Preview> {
  const target = new URL(link);
  const { data } = await axios.get<string>(target.href, { timeout: 10_000, maxRedirects: 0, responseType: "text" });
  return {
    title: pick(data, /<title[^>]*>([^<]*)/i),
    description: pick(data, /<meta name="description" content="([^"]*)/i),
  };
}
