// The panel that tells one part.

const STATES = {
  complete: ["read whole", "good"],
  incomplete: ["incomplete", "warn"],
  unknown: ["only its configuration was read", "warn"],
};

const CODE = /^(?:Package URL|Digest|Address|Made from|Link)/;

function showDetails(part, choose) {
  const body = [];
  const line = make("p", "kind", dot(part), part.kind);
  if (part.version) line.append(make("span", "code", part.version));
  if (part.number && part.sure < 100) line.append(make("span", "badge warn", `${part.sure}% sure`));
  if (part.loose) line.append(make("span", "badge warn", "not pinned"));
  if (Object.hasOwn(STATES, part.state))
    line.append(make("span", `badge ${STATES[part.state][1]}`, STATES[part.state][0]));
  body.push(line);
  if (part.findings.length) body.push(make("h3", "", "Findings"), ...part.findings.map(findingOf));
  listed(body, "Not seen", part.gaps, "warn");
  listed(body, "Where it was found", part.places, "code");
  described(body, "What is known", part.facts, (name) => CODE.test(name));
  for (const [title, links, verb] of [
    ["Gives", linksOf, "gives"],
    ["Needs", linksOf, "needs"],
    ["Holds", linksOf, "holds"],
    ["Given by", linksTo, "gives"],
    ["Needed by", linksTo, "needs"],
    ["Held by", linksTo, "holds"],
  ]) {
    const found = links[part.number].filter((link) => link.verb === verb);
    if (found.length) body.push(make("h3", "", `${title} (${found.length})`), linkList(found, choose));
  }
  listed(body, "Remarks", part.remarks, "");
  described(body, "Properties", [...part.properties, ["Reference", part.ref]], () => true);
  document.getElementById("details-heading").textContent = part.name;
  document.getElementById("details-body").replaceChildren(...body);
  document.getElementById("details").scrollTop = 0;
}

function findingOf(finding) {
  const box = make(
    "div",
    finding.accepted ? "finding accepted" : "finding",
    make("p", "", make("strong", "", finding.id), ` (${finding.severity}) ${finding.text ?? ""}`),
  );
  for (const text of [finding.detail, finding.advice]) if (text) box.append(make("p", "", text));
  if (finding.accepted) box.append(make("p", "", `Accepted: ${finding.accepted}`));
  return box;
}

function listed(body, title, texts, classes) {
  if (texts.length) body.push(make("h3", "", title), make("ul", "", ...texts.map((text) => make("li", classes, text))));
}

function described(body, title, pairs, isCode) {
  if (!pairs.length) return;
  const list = make("dl", "");
  for (const [name, value] of pairs) list.append(make("dt", "", name), make("dd", isCode(name) ? "code" : "", value));
  body.push(make("h3", "", title), list);
}

const MOST_LINKS = 100;

function linkList(links, choose) {
  const list = make("ul", "");
  const fill = (to) => {
    for (const { part } of links.slice(list.children.length, to)) {
      list.append(
        make(
          "li",
          "",
          button(part.name, "link", () => choose(part.number, { focus: true })),
          ` ${part.kind}`,
        ),
      );
    }
  };
  fill(MOST_LINKS);
  if (links.length <= MOST_LINKS) return list;
  const rest = button(`Show ${links.length - MOST_LINKS} more`, "", () => {
    fill(links.length);
    rest.remove();
  });
  return make("div", "", list, rest);
}
