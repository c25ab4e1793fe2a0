// Validates CycloneDX documents with ajv: node validate.mjs NODE_MODULES SCHEMAS DOCUMENT…
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, schemas, ...documents] = process.argv.slice(2);
const require = createRequire(join(modules, "ajv", "package.json"));
const read = (path) => JSON.parse(readFileSync(path, "utf-8"));
const load = (name) => require(join(modules, name));
const Ajv = load("ajv").default;

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
load("ajv-formats").default(ajv);
load("ajv-formats-draft2019")(ajv);
ajv.addFormat("string", true);
for (const name of ["spdx", "jsf-0.82", "cryptography-defs"]) {
  const file = `${name}.schema.json`;
  ajv.addSchema(read(join(schemas, file)), `http://cyclonedx.org/schema/${file}`);
}
for (const path of documents) {
  const document = read(path);
  const validate = ajv.compile(read(join(schemas, `bom-${document.specVersion}.schema.json`)));
  if (!validate(document)) {
    for (const error of validate.errors) console.log(`${path}: ${error.instancePath} ${error.message}`);
    process.exitCode = 1;
  }
  ajv.removeSchema(`http://cyclonedx.org/schema/bom-${document.specVersion}.schema.json`);
}
