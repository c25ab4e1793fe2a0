"use strict";
// What the page is about, and the one way in which anything of it becomes part of the document: as text.

const bom = JSON.parse(document.getElementById("bom").textContent);
const parts = bom.parts.map((part, number) => ({
  places: [],
  facts: [],
  properties: [],
  findings: [],
  remarks: [],
  gaps: [],
  findingCount: 0,
  version: "",
  state: "",
  ...part,
  number,
}));
const linksOf = parts.map(() => []);
const linksTo = parts.map(() => []);
for (const [from, to, verb] of bom.links) {
  linksOf[from].push({ part: parts[to], verb });
  linksTo[to].push({ part: parts[from], verb });
}

// Colour and shape of a kind: shape too, since not everybody tells colours apart.
const LOOKS = {
  system: ["root", "star"],
  "MCP server": ["server", "round-rectangle"],
  service: ["service", "round-hexagon"],
  agent: ["agent", "octagon"],
  model: ["model", "ellipse"],
  "model file": ["model", "cut-rectangle"],
  "source file": ["package", "cut-rectangle"],
  dataset: ["dataset", "barrel"],
  tool: ["tool", "diamond"],
  prompt: ["texts", "round-tag"],
  resource: ["texts", "round-tag"],
  "resource template": ["texts", "round-tag"],
  instructions: ["texts", "round-tag"],
  skill: ["agent", "pentagon"],
  credential: ["credential", "triangle"],
  framework: ["package", "rectangle"],
  package: ["package", "rectangle"],
  "CI step": ["runner", "vee"],
  extension: ["runner", "rhomboid"],
  application: ["runner", "rhomboid"],
};
// A kind comes from the document, so it is looked up among our own names alone.
const look = (part) => (Object.hasOwn(LOOKS, part.kind) ? LOOKS[part.kind] : ["package", "rectangle"]);

// An element with children; a child that is no element becomes text, never markup.
function make(name, classes, ...children) {
  const element = document.createElement(name);
  if (classes) element.className = classes;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function button(text, classes, act) {
  const element = make("button", classes, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

const dot = (part) => {
  const mark = make("span", `dot ${look(part)[0]}`);
  mark.setAttribute("aria-hidden", "true");
  return mark;
};
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const sought = parts.map((part) =>
  [
    part.name,
    part.version,
    part.kind,
    part.title,
    part.ref,
    ...part.places,
    ...part.facts.flat(),
    ...part.properties.flat(),
    ...part.findings.map((finding) => finding.id),
  ]
    .join("\n")
    .toLowerCase(),
);

function isShown(part, wanted) {
  return (
    !wanted.hidden.has(part.title) &&
    (!wanted.findings || part.findingCount > 0) &&
    (!wanted.loose || part.loose === true) &&
    (!wanted.unseen || part.gaps.length > 0 || part.state === "incomplete" || part.state === "unknown") &&
    wanted.words.every((word) => sought[part.number].includes(word))
  );
}
