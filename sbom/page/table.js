// The table of everything: what a screen reader reads, and what is quickest to look through.

const STEP = 200;
const COLUMNS = [
  ["Name", (part) => part.name.toLowerCase()],
  ["Kind", (part) => part.kind],
  ["Version", (part) => part.version],
  ["Found at", (part) => part.places[0] ?? ""],
  ["Sure", (part) => part.sure],
  ["Findings", (part) => -part.findingCount],
];

class Table {
  constructor(choose) {
    this.choose = choose;
    this.body = document.querySelector("#table tbody");
    this.more = document.getElementById("more");
    this.shown = [];
    this.order = null;
    this.down = false;
    this.more.addEventListener("click", () => this.fill());
    const row = document.querySelector("#table thead tr");
    COLUMNS.forEach(([title], column) => {
      const cell = make(
        "th",
        "",
        button(title, "", () => this.sortBy(column)),
      );
      cell.scope = "col";
      row.append(cell);
    });
  }

  sortBy(column) {
    this.down = this.order === column && !this.down;
    this.order = column;
    document.querySelectorAll("#table th").forEach((cell, number) => {
      if (number === column) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.show(this.shown);
  }

  show(shown) {
    this.shown = [...shown];
    if (this.order !== null) {
      const key = COLUMNS[this.order][1];
      const sign = this.down ? -1 : 1;
      this.shown.sort((one, other) => {
        const [a, b] = [key(one), key(other)];
        return a < b ? -sign : a > b ? sign : one.number - other.number;
      });
    } else {
      this.shown.sort((one, other) => one.number - other.number);
    }
    this.body.replaceChildren();
    this.fill();
  }

  fill() {
    const from = this.body.children.length;
    for (const part of this.shown.slice(from, from + STEP)) this.body.append(this.row(part));
    const left = this.shown.length - this.body.children.length;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show more (${left.toLocaleString("en")} left)`;
  }

  row(part) {
    const name = button(part.name, "link", () => this.choose(part.number, { focus: true }));
    const places = part.places.length > 1 ? ` and ${part.places.length - 1} more` : "";
    const marks = make("td", "short");
    if (part.findingCount) marks.append(make("span", "badge bad", counted(part.findingCount, "finding")), " ");
    if (part.loose) marks.append(make("span", "badge warn", "not pinned"), " ");
    if (part.gaps.length || part.state === "incomplete") marks.append(make("span", "badge warn", "incomplete"));
    const row = make(
      "tr",
      "",
      make("td", "name", dot(part), name),
      make("td", "short", part.kind),
      make("td", "code", part.version),
      make("td", "place", make("span", "code", part.places[0] ?? ""), places),
      make("td", "short", part.number ? `${part.sure}%` : ""),
      marks,
    );
    row.dataset.number = part.number;
    return row;
  }

  mark(number) {
    this.body.querySelector(".chosen")?.classList.remove("chosen");
    this.body.querySelector(`[data-number="${Number(number)}"]`)?.classList.add("chosen");
  }
}
