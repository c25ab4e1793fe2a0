const [major] = process.versions.node.split(".").map(Number);
if (major < 18) {
  console.error("fast-hash-mcp needs Node 18 or newer");
  process.exit(1);
}
