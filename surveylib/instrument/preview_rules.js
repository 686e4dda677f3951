"use strict";
// Who is asked what, and which answers a form must not let pass: what grammar.py and the scales say.
// An answer is text as it was entered, "" when blank; the marks of a list stand with blanks between them.

const SIGNS = {
  "==": (a, b) => a === b, "!=": (a, b) => a !== b, "<": (a, b) => a < b,
  "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
};

// A number as people write it, with a comma or a point; null when it is none.
function toNumber(text) {
  const plain = text.trim().replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

const marksOf = (text) => text.split(/\s+/).filter(Boolean);

// Whether a rule holds; `read` gives the answer to an item, null when it is blank.
function holds(rule, read) {
  const [op, ...parts] = rule;
  if (op === "and") return parts.every((part) => holds(part, read));
  if (op === "or") return parts.some((part) => holds(part, read));
  if (op === "not") return !holds(parts[0], read);
  if (op === "marked" || op === "unmarked") {
    const answer = read(parts[1]);
    if (answer === null) return false;
    return marksOf(String(answer)).includes(parts[0]) === (op === "marked");
  }
  const [left, ...others] = parts.map(([kind, value]) => (kind === "answer" ? read(value) : value));
  if (left === null) return false;
  if (op === "in") return others.includes(left);
  if (op === "not in") return !others.includes(left);
  return others[0] !== null && SIGNS[op](left, others[0]);
}

// The ids of the items asked, in a unit of this type ("" when it is not known).
function askedItems(form, answers, unitType) {
  const items = new Map(form.items.map((item) => [item.id, item]));
  const known = new Map();
  const asked = (id) => {
    if (!known.has(id)) {
      known.set(id, false); // a rule that comes back to itself asks nobody
      const item = items.get(id);
      const here = unitType === "" || item.applies_to.includes(unitType);
      known.set(id, here && (item.rule === null || holds(item.rule, read)));
    }
    return known.get(id);
  };
  const read = (id) => {
    const text = asked(id) ? answers[id] ?? "" : "";
    if (text === "") return null;
    return items.get(id).numeric ? toNumber(text) : text;
  };
  return form.items.filter((item) => asked(item.id)).map((item) => item.id);
}

// What is wrong with the answers to the items that are asked (ids): id to "required" or "constraint".
function problems(form, answers, asked) {
  const text = (id) => (asked.includes(id) ? answers[id] ?? "" : "");
  const found = {};
  for (const item of form.items.filter(({ id }) => asked.includes(id))) {
    const kind = problem(item, text(item.id), item.part_of === null ? "" : text(item.part_of));
    if (kind !== "") found[item.id] = kind;
  }
  return found;
}

// The same of one answer; `whole` is that to the item which it is part of.
function problem(item, text, whole) {
  if (text.trim() === "") return item.required ? "required" : "";
  return passes(item, text) && !exceeds(item, text, whole) ? "" : "constraint";
}

// Whether a count is above the one it is part of; both are on the same scale.
function exceeds(item, text, whole) {
  const [part, all] = [text, whole].map(toNumber);
  return part !== null && all !== null && !item.off.includes(part) && !item.off.includes(all) && part > all;
}

function passes(item, text) {
  if (item.kind === "multiple") {
    const marks = marksOf(text);
    return marks.length < 2 || !marks.some((mark) => item.alone.includes(mark));
  }
  if (item.kind === "date") {
    return !(item.earliest !== null && text < item.earliest) && !(item.latest !== null && text > item.latest);
  }
  if (item.kind !== "number") return true;
  const value = toNumber(text);
  if (value === null) return false;
  if (item.off.includes(value)) return true;
  if (item.integer && !Number.isInteger(value)) return false;
  return !(item.minimum !== null && value < item.minimum) && !(item.maximum !== null && value > item.maximum);
}
