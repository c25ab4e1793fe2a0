// The parts of the page together: filters decide what is shown, a choice is shown everywhere.

const SOON = 120; // Milliseconds after the last key, so that typing stays smooth with thousands of parts.

function start() {
  const element = (id) => document.getElementById(id);
  element("name").textContent = bom.name;
  element("made").textContent = `${bom.made}: ${counted(parts.length - 1, "part")}, ${counted(bom.gapCount, "gap")}`;
  const choose = (number, { focus = false }) => {
    showDetails(parts[number], choose);
    table.mark(number);
    graph?.choose(number, { near: focus });
    if (focus) element("details-heading").focus();
  };
  const table = new Table(choose);
  const graph = drawn(choose);
  const layout = element("layout");
  const hidden = kindFilters(() => update());
  const update = () => {
    const shown = parts.slice(1).filter((part) =>
      isShown(part, {
        hidden,
        words: element("search").value.toLowerCase().split(/\s+/).filter(Boolean),
        findings: element("with-findings").checked,
        loose: element("loose").checked,
        unseen: element("unseen").checked,
      }),
    );
    table.show(shown);
    const told = [`${shown.length.toLocaleString("en")} of ${counted(parts.length - 1, "part")} shown`];
    if (parts.length - 1 > bom.graphMost) told.push(`the graph draws the first ${bom.graphMost.toLocaleString("en")}`);
    if (bom.leftOut) told.push(`${bom.leftOut.toLocaleString("en")} more are in the document and not on this page`);
    element("status").textContent = `${told.join("; ")}.`;
    graph?.show(shown, layout.value);
  };
  let waiting = 0;
  element("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, SOON);
  });
  for (const id of ["with-findings", "loose", "unseen"]) element(id).addEventListener("change", update);
  element("zoom-in").addEventListener("click", () => graph?.zoom(1.3));
  element("zoom-out").addEventListener("click", () => graph?.zoom(1 / 1.3));
  element("fit").addEventListener("click", () => graph?.fit());
  showGaps(element("gaps"));
  layout.addEventListener("change", () => graph?.arrange(layout.value));
  graph?.arrange(layout.value);
  update();
  document.documentElement.dataset.ready = "true";
}

// Without a canvas the table is the page.
function drawn(choose) {
  try {
    return new Graph(choose);
  } catch (error) {
    document
      .getElementById("graph")
      .replaceChildren(make("p", "notice", "This browser cannot draw the graph; the table below has everything."));
    console.warn("the graph cannot be drawn", error);
    return null;
  }
}

function kindFilters(update) {
  const hidden = new Set();
  const counts = new Map();
  for (const part of parts.slice(1))
    counts.set(part.title, { part, number: (counts.get(part.title)?.number ?? 0) + 1 });
  for (const [title, { part, number }] of counts) {
    const box = make("input", "");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(title);
      else hidden.add(title);
      update();
    });
    document
      .getElementById("kinds")
      .append(make("label", "", box, dot(part), title, " ", make("span", "count", String(number))));
  }
  return hidden;
}

function showGaps(section) {
  if (!bom.gapCount) return;
  section.hidden = false;
  document.getElementById("gaps-heading").textContent = `Not looked at (${bom.gapCount})`;
  section.querySelector("ul").append(...bom.gaps.map((gap) => make("li", "code", gap)));
}

start();
