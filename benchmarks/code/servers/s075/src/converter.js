import { spawn } from "node:child_process";

/** Returns a function that runs the binary on the current picture. */
export function converter(binary) {
  const shared = { cwd: "/var/pictures", shell: true };
  return (...options) =>
    new Promise((resolve, reject) => {
      const child = spawn(binary, ["current.png", ...options, "current.png"], shared);
      let output = "";
      child.stderr.on("data", (chunk) => (output += chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve(code === 0 ? "done" : output));
    });
}
