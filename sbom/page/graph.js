// The graph. What it shows is in the table too, so that nothing depends on seeing it.

const MOST_BY_LINKS = 250; // The layout by forces takes time that grows with the square of the nodes.

class Graph {
  constructor(choose) {
    this.box = document.getElementById("graph");
    this.drawn = parts.slice(0, bom.graphMost + 1);
    this.byLinks = this.drawn.length <= MOST_BY_LINKS;
    this.space = this.byLinks ? 84 : 60;
    const drawn = new Set(this.drawn);
    // Everything hangs on the whole: among thousands that is a grey cloud, and time.
    const edges = bom.links.filter(
      ([from, to]) => drawn.has(parts[from]) && drawn.has(parts[to]) && (from !== 0 || this.byLinks),
    );
    this.clear = edges.length < 1000;
    this.cy = cytoscape({
      container: this.box,
      elements: [
        ...this.drawn.map((part) => ({ data: dataOf(part), classes: classesOf(part) })),
        ...edges.map(([from, to, verb], number) => ({
          data: { id: `e${number}`, source: `n${from}`, target: `n${to}` },
          classes: from === 0 ? `${verb} whole` : verb,
        })),
      ],
      minZoom: 0.02,
      maxZoom: 4,
      boxSelectionEnabled: false,
      autounselectify: true,
      hideEdgesOnViewport: edges.length > 2000,
      textureOnViewport: edges.length > 2000,
      layout: { name: "null" },
      style: this.style(),
    });
    this.cy.on("tap", "node[title]", (event) => choose(Number(event.target.id().slice(1)), {}));
    this.cy.on("mouseover", "node[title]", () => {
      this.box.style.cursor = "pointer";
    });
    this.cy.on("mouseout", "node", () => {
      this.box.style.cursor = "";
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.cy.style(this.style()));
  }

  style() {
    const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    const kinds = [
      "root",
      "server",
      "service",
      "agent",
      "model",
      "dataset",
      "tool",
      "text-kind",
      "credential",
      "package",
      "runner",
    ];
    const few = this.byLinks;
    const [small, large] = few ? [34, 44] : [24, 32];
    return [
      {
        selector: "node",
        style: {
          label: "data(label)",
          width: small,
          height: small,
          color: color("text"),
          "font-size": few ? 16 : 11,
          "font-family": "system-ui, sans-serif",
          "text-valign": "bottom",
          "text-margin-y": 4,
          "text-wrap": "ellipsis",
          "text-max-width": few ? 150 : 120,
          "min-zoomed-font-size": few ? 5 : 8,
          "text-outline-color": color("raised"),
          "text-outline-width": 2,
        },
      },
      { selector: "node[shape]", style: { shape: "data(shape)" } },
      ...kinds.map((kind) => ({
        selector: `node.${kind === "text-kind" ? "texts" : kind}`,
        style: { "background-color": color(kind) },
      })),
      {
        selector: "node.root",
        style: { width: large * 1.2, height: large * 1.2, "font-size": 18, "font-weight": "bold" },
      },
      { selector: "node.server, node.agent", style: { width: large, height: large } },
      { selector: "node.loose", style: { "border-width": 3, "border-style": "dashed", "border-color": color("warn") } },
      { selector: "node.bad", style: { "border-width": 4, "border-color": color("bad") } },
      {
        selector: "edge",
        style: {
          width: 1.2,
          "line-color": color("edge"),
          "curve-style": few ? "bezier" : "haystack",
          "target-arrow-shape": "triangle",
          "target-arrow-color": color("edge"),
          "arrow-scale": 0.7,
          opacity: this.clear ? 0.9 : 0.3,
        },
      },
      { selector: "edge.gives", style: { "line-color": color("tool"), "target-arrow-color": color("tool") } },
      { selector: "edge.holds", style: { "line-style": "dotted" } },
      { selector: "edge.whole", style: { opacity: 0.4, "line-style": "dashed" } },
      {
        selector: "node.caption",
        style: {
          "background-opacity": 0,
          width: 1,
          height: 1,
          "font-size": "data(size)",
          "font-weight": "bold",
          color: color("faint"),
          "text-valign": "center",
          "text-max-width": 100000,
          "text-wrap": "none",
          events: "no",
          "min-zoomed-font-size": 5,
        },
      },
      { selector: ".away", style: { display: "none" } },
      { selector: ".far", style: { opacity: 0.15 } },
      {
        selector: "node.chosen",
        style: {
          // The label keeps its size: the library cuts one whose size changes together with the zoom.
          "min-zoomed-font-size": 0,
          "underlay-color": color("accent"),
          "underlay-opacity": 0.35,
          "underlay-padding": 9,
          "underlay-shape": "ellipse",
          "z-index": 9,
        },
      },
    ];
  }

  arrange(how) {
    this.cy.remove(".caption");
    const shown = this.cy.elements().not(".away");
    const forces = how === "links" && this.byLinks;
    // The forces too begin at positions that are always the same, so that the same document looks the same.
    const discs = how === "links" && !forces ? byLinks(shown.nodes()) : byKinds(shown.nodes());
    this.cy.batch(() => pack(discs, this.space));
    if (forces) shown.layout(FORCES).run();
    else this.cy.add(discs.filter((disc) => disc.caption).map(captionOf));
    this.fit();
  }

  // After a filter the discs close ranks; forces would throw everything elsewhere, so there the rest just goes.
  show(shown, how) {
    this.filter(shown);
    if (how === "links" && this.byLinks) this.fit();
    else this.arrange(how);
  }

  filter(shown) {
    const wanted = new Set(["n0", ...shown.map((part) => `n${part.number}`)]);
    this.cy.batch(() =>
      this.cy.nodes("[title]").forEach((node) => {
        node.toggleClass("away", !wanted.has(node.id()));
      }),
    );
  }

  choose(number, { near }) {
    const node = this.cy.getElementById(`n${number}`);
    this.cy.batch(() => {
      this.cy.elements().removeClass("chosen far");
      if (node.empty() || node.hasClass("away")) return;
      node.addClass("chosen");
      // Everything hangs on the whole, so its neighbours are no news.
      if (number !== 0) this.cy.elements().not(node.closedNeighborhood()).not(".caption").addClass("far");
    });
    if (node.nonempty() && !node.hasClass("away")) this.reveal(node, near && number !== 0);
  }

  // What was chosen elsewhere is looked at from near; under a pointer nothing jumps.
  reveal(node, near) {
    if (near && this.cy.zoom() < 0.6) {
      this.cy.fit(node.closedNeighborhood().not(".away"), 60);
      if (this.cy.zoom() > 1) this.cy.zoom(1);
      this.cy.center(node);
      return;
    }
    const at = node.renderedPosition();
    const inside = at.x > 30 && at.y > 30 && at.x < this.cy.width() - 30 && at.y < this.cy.height() - 40;
    if (!inside) this.cy.center(node);
  }

  fit() {
    this.cy.fit(this.cy.elements().not(".away"), 34);
    if (this.cy.zoom() > 1.4) {
      this.cy.zoom(1.4);
      this.cy.center(this.cy.elements().not(".away"));
    }
  }

  zoom(factor) {
    this.cy.zoom({
      level: this.cy.zoom() * factor,
      renderedPosition: { x: this.cy.width() / 2, y: this.cy.height() / 2 },
    });
  }

  key(event) {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (Object.hasOwn(moves, event.key)) this.cy.panBy({ x: moves[event.key][0], y: moves[event.key][1] });
    else if (event.key === "+" || event.key === "=") this.zoom(1.3);
    else if (event.key === "-") this.zoom(1 / 1.3);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }
}

const dataOf = (part) => ({ id: `n${part.number}`, label: part.name, title: part.title, shape: look(part)[1] });
const classesOf = (part) => [look(part)[0], part.findingCount ? "bad" : "", part.loose ? "loose" : ""].filter(Boolean);
