export type State = { notes: string[]; plan: string };

let current: State = { notes: [], plan: "" };

export function snapshot(): string {
  return Buffer.from(JSON.stringify(current)).toString("base64");
}

export function restore(packed: string): State {
  const text = Buffer.from(packed, "base64").toString("utf8");
  current = JSON.parse(text) as State;
  return current;
}

export function note(text: string): void {
  current.notes.push(text);
}
