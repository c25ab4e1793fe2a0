import assert from "node:assert";
import { test } from "node:test";
import { GitHub } from "../src/github.js";

const TOKEN = "ghp_000000000000000000000000000000000000";

test("the token is sent to GitHub alone", async (context) => {
  const calls: [string, RequestInit][] = [];
  context.mock.method(globalThis, "fetch", async (url: string, init: RequestInit) => {
    calls.push([url, init]);
    return new Response(JSON.stringify({ stargazers_count: 3 }));
  });
  assert.equal(await new GitHub(TOKEN).stars("a", "b"), 3);
  assert.equal(calls[0][0], "https://api.github.com/repos/a/b");
  assert.deepEqual((calls[0][1].headers as any).authorization, `Bearer ${TOKEN}`);
});
