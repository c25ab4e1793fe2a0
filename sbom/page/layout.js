// Where nodes go. All of it is linear and without chance, apart from the forces, which are for few nodes.

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const WIDE = 2.2; // The graph's box is about so much wider than high.

const FORCES = {
  name: "cose",
  animate: false,
  randomize: false,
  fit: false,
  nodeRepulsion: () => 180000,
  idealEdgeLength: (edge) => (edge.hasClass("whole") ? 170 : 80),
  nodeOverlap: 30,
  gravity: 0.6,
  componentSpacing: 60,
  edgeElasticity: (edge) => (edge.hasClass("whole") ? 20 : 120),
  numIter: 800,
};

// A disc for each kind.
function byKinds(nodes) {
  const groups = new Map();
  nodes.forEach((node) => {
    const title = node.data("title");
    if (!groups.has(title)) groups.set(title, []);
    groups.get(title).push(node);
  });
  return [...groups].map(([title, members]) => ({ members, caption: `${title} ${members.length}` }));
}

// A disc for all that hangs together, what has most links in the middle; what is linked to the whole alone, by kind.
function byLinks(nodes) {
  const left = new Map(nodes.map((node) => [numberOf(node), node]));
  const linked = (number) => [...linksOf[number], ...linksTo[number]].map(({ part }) => part.number);
  const order = [...left.keys()].sort((one, other) => linked(other).length - linked(one).length || one - other);
  const alone = [];
  const discs = [];
  for (const number of order.filter((one) => one !== 0)) {
    if (!left.has(number)) continue;
    const members = [];
    let ahead = [number];
    while (ahead.length) {
      const next = [];
      for (const one of ahead) {
        if (one === 0 || !left.has(one)) continue;
        members.push(left.get(one));
        left.delete(one);
        next.push(...linked(one));
      }
      ahead = next;
    }
    if (members.length > 1) discs.push({ members });
    else alone.push(...members);
  }
  return [...byKinds([...(left.has(0) ? [left.get(0)] : []), ...alone]), ...discs];
}

const numberOf = (node) => Number(node.id().slice(1));

// Discs side by side in rows, the nodes of each in a spiral around its middle.
function pack(discs, space) {
  for (const disc of discs) {
    disc.size = Math.max(20, (space * Math.sqrt(disc.members.length)) / 8);
    const label = disc.caption ? disc.caption.length * disc.size * 0.32 : 0;
    disc.radius = Math.max(space * ((disc.caption ? 1.1 : 0.6) + Math.sqrt(disc.members.length)), label);
  }
  const area = discs.reduce((sum, disc) => sum + (2 * disc.radius) ** 2, 0);
  const width = Math.max(Math.sqrt(area * WIDE), ...discs.map((disc) => 2 * disc.radius)) * 1.02;
  let [left, top, high] = [0, 0, 0];
  for (const disc of discs) {
    if (left + 2 * disc.radius > width) [left, top, high] = [0, top + high, 0];
    [disc.x, disc.y] = [left + disc.radius, top];
    disc.members.forEach((node, number) => {
      const out = space * 0.95 * Math.sqrt(number);
      const turn = number * GOLDEN_ANGLE;
      node.position({ x: disc.x + out * Math.cos(turn), y: top + disc.radius + out * Math.sin(turn) });
    });
    left += 2 * disc.radius;
    high = Math.max(high, 2 * disc.radius);
  }
}

const captionOf = ({ caption, size, x, y }, number) => ({
  data: { id: `c${number}`, label: caption, size },
  position: { x, y },
  classes: "caption",
  selectable: false,
  grabbable: false,
});
