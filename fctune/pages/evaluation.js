const data = JSON.parse(document.getElementById("data").textContent);
const cases = data.cases, root = document.documentElement;
const list = document.getElementById("list"), more = document.getElementById("more");
const box = document.getElementById("find"), found = document.getElementById("found");
const form = document.querySelector(".find"), cellButton = document.getElementById("cell");
const STEP = 50, KEYS = ["verdict", "outcome", "lesson", "tool", "tag", "decision"];
const pick = Object.fromEntries(KEYS.map(key => [key, document.getElementById(`by-${key}`)]));
let fitting = cases, shown = 0, cell = "";

function say(key, values = {}) {
  return data.words[root.lang][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function known(key) {
  return Object.hasOwn(data.words[root.lang], key);
}

// Language ------------------------------------------------------------------------------------

function relabel(lang) {
  root.lang = lang;
  for (const node of document.querySelectorAll("[data-t]")) {
    node.textContent = say(node.dataset.t, node.dataset.v ? JSON.parse(node.dataset.v) : {});
  }
  for (const node of document.querySelectorAll("[data-ta]")) {
    const at = node.dataset.ta.indexOf("="), key = node.dataset.ta.slice(at + 1);
    if (known(key)) node.setAttribute(node.dataset.ta.slice(0, at), say(key));
  }
  for (const node of document.querySelectorAll("[data-zh]")) node.textContent = node.dataset[lang];
  document.getElementById("language").textContent = say("other_language");
  KEYS.forEach(fill);
  const open = new Set([...list.querySelectorAll(".row[open]")].map(one => one.dataset.id));
  const rows = shown;
  filter(rows);
  for (const one of list.children) if (open.has(one.dataset.id)) one.open = true;
}

// Tables --------------------------------------------------------------------------------------

function sorted(table, column, down) {
  const rows = [...table.tBodies[0].rows];
  const keys = new Map(rows.map(row => [row, row.cells[column].dataset.s]));
  const numbers = [...keys.values()].every(key => key !== "" && Number.isFinite(Number(key)));
  const order = numbers ? (a, b) => keys.get(a) - keys.get(b)
    : (a, b) => keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : 0;
  rows.sort((a, b) => down ? order(b, a) : order(a, b));
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll(".sorts")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    sorted(table, column, down);
  }));
}

// Cases: what they hold --------------------------------------------------------------------------

function toolsOf(one) {
  return [...new Set([...one.calls, ...one.read].map(([name]) => name))];
}

function values(one, key) {
  if (key === "tool") return toolsOf(one);
  if (key === "tag") return one.tags.filter(tag => !tag.startsWith("of:"));
  if (key === "decision") return one.decision.length ? [one.decision.join(">")] : [];
  return [one[key]];
}

function* texts(one) {
  yield one.id;
  yield `${one.outcome} ${one.reason} ${one.error} ${one.malformed}`;
  yield one.text;
  yield one.raw || "";
  yield one.tags.join(" ");
  for (const [name, given] of [...one.calls, ...one.read, ...(one.repaired || [])]) yield `${name} ${given}`;
  for (const [, at] of one.turns) yield data.texts[at];
  yield data.texts[one.system];
}

function haystack(one) {
  one.haystack ??= [...texts(one)].join("\n").toLowerCase();
  return one.haystack;
}

function wordOf(key, value) {
  if (key === "decision") return value.split(">").map(one => known(one) ? say(one) : one).join(" → ");
  const label = `${key}_${value}`;
  return known(label) ? say(label) : value;
}

function short(text) {
  return plain(text).slice(0, 200).replace(/\s+/g, " ");
}

function asked(one) {
  const turn = [...one.turns].reverse().find(([role]) => role === "user") || one.turns.at(-1);
  return turn ? short(data.texts[turn[1]]) : "";
}

// Cases: how they are shown ------------------------------------------------------------------------

function head(one) {
  const top = make("summary", "", make("span", "kind", wordOf("outcome", one.outcome)), make("span", "tag", one.lesson));
  if (one.decision.length && one.decision[0] !== one.decision[1]) {
    top.append(make("span", "tag", wordOf("decision", one.decision.join(">"))));
  }
  top.append(make("bdi", "first", words(asked(one))), make("span", "place", words(one.id)));
  return top;
}

function from(one) {
  const line = make("p", "from"), link = make("a", "", say("link"));
  link.href = `#case=${encodeURIComponent(one.id)}`;
  line.append(`${say("from")} `, make("code", "", words(one.origin)), "; ", link);
  const [prompt, output] = one.tokens;
  if (prompt) line.append(`; ${prompt} ${say("prompt_tokens")}`);
  if (output) line.append(`; ${output} ${say("output_tokens")}`);
  if (one.finish === "length") line.append("; ", make("span", "warn", say("finish_length")));
  for (const tag of one.tags) line.append(" ", make("span", "tag", words(tag)));
  return line;
}

function why(one) {
  const about = make("div", `reason ${one.verdict}`);
  about.append(make("b", "", `${say("why")}: ${wordOf("outcome", one.outcome)}`), ` — ${known(`means_${one.outcome}`) ? say(`means_${one.outcome}`) : ""}`);
  if (one.reason) about.append(make("div", "words", words(one.reason)));
  if (one.error && one.error !== one.reason) about.append(make("div", "words", words(one.error)));
  for (const [key, value] of Object.entries(one.facts)) {
    if (key === "error_type" && one.reason.startsWith(value)) continue;
    const told = Array.isArray(value) ? value.join(", ") : String(value);
    about.append(make("div", "", make("span", "muted", `${say(key)}: `), words(told)));
  }
  return about;
}

function turn(role, kind, ...content) {
  return make("div", `turn ${kind}`, make("div", "who", known(role) ? say(role) : role), make("div", "what", ...content));
}

function folded(label, fill) {
  const inner = make("details", "", make("summary", "", ...label));
  inner.addEventListener("toggle", () => {
    if (inner.childElementCount === 1) fill(inner);
  });
  return inner;
}

function spoken([role, at]) {
  return turn(role, role === "…" ? "system" : role, words(data.texts[at]));
}

function prompt(one) {
  const parts = document.createDocumentFragment(), system = data.texts[one.system];
  parts.append(make("h4", "", say("prompt")));
  if (system) {
    const first = short(system).slice(0, 90);
    parts.append(turn("system", "system", system.length <= 90 ? words(system)
      : folded([words(first), " …"], inner => inner.append(make("div", "said", words(system))))));
  }
  if (one.tools.length) {
    const names = one.tools.slice(0, 8).map(at => data.tools[at].name).join(", ");
    const rest = one.tools.length > 8 ? `, + ${one.tools.length - 8}` : "";
    parts.append(turn("tools", "system", folded([words(names), rest],
      inner => one.tools.forEach(at => inner.append(make("pre", "", words(data.tools[at].text)))))));
  }
  const before = one.turns.slice(0, -6);
  if (before.length) {
    parts.append(turn("", "system", folded([say("earlier", {n: before.length})],
      inner => before.forEach(each => inner.append(spoken(each))))));
  }
  for (const each of one.turns.slice(-6)) parts.append(spoken(each));
  return parts;
}

function callLines(calls) {
  const parts = document.createDocumentFragment();
  for (const [name, given] of calls) parts.append(make("p", "callline", make("span", "name", words(name)), " ", words(given)));
  return parts;
}

function side(title, ...content) {
  return make("div", "side", make("h4", "", title), ...content);
}

function gold(one) {
  return side(say("gold"), one.calls.length ? callLines(one.calls) : make("p", "muted", say("no_calls")),
    one.text ? make("p", "said", words(one.text)) : null);
}

function read(one) {
  if (one.malformed) {
    const block = side(say("read"), make("p", "bad", `${say("cannot_be_read")}: `, words(one.malformed)));
    if (one.repaired) {
      block.append(make("h4", "", say("read_repaired", {repairs: one.repairs.join(", ")})), callLines(one.repaired));
    }
    return block;
  }
  const said = one.said || (one.read.length ? "" : one.raw || "");
  return side(say("read"), one.read.length ? callLines(one.read) : make("p", "muted", say("no_calls")),
    said ? make("p", "said", words(said)) : null);
}

function value(text, label) {
  return text === null ? make("span", "absent", say(label)) : words(text);
}

// What was due: the gold value, the others that are accepted, whether it may be left out.
function due(slot) {
  const parts = make("span", "", value(slot.due, "not_due"));
  for (const other of slot.also || []) parts.append(make("span", "muted", ` ${say("or")} `), words(other));
  if (slot.omittable) parts.append(" ", make("span", "muted", `(${say("omittable")})`));
  return parts;
}

function argument(slot) {
  const row = make("tr", slot.right ? "" : "off");
  const judged = slot.right ? say(slot.due === null || slot.got === null ? "free" : "arg_right") : slot.why;
  for (const [key, content] of [["argument", words(slot.name)], ["due", due(slot)],
    ["got", value(slot.got, "not_given")], ["judged", words(judged || say("arg_wrong"))]]) {
    const box = make("td", key === "judged" ? slot.right ? "good" : "bad" : "", content);
    if (key === "judged" && slot.invented) box.append(make("div", "invented", say("invented")));
    box.dataset.title = say(key);
    row.append(box);
  }
  return row;
}

function compared(one) {
  const parts = document.createDocumentFragment();
  for (const pair of one.pairs) {
    const table = make("table", "arguments"), top = make("tr", "");
    const name = side => side === null ? make("i", "muted", say("no_such_call")) : make("code", "name", words(side));
    table.append(pair.due === pair.got ? make("caption", "", name(pair.due))
      : make("caption", "bad", name(pair.due), ` (${say("due")}) ≠ `, name(pair.got), ` (${say("got")})`));
    for (const key of ["argument", "due", "got", "judged"]) {
      const title = make("th", "", say(key));
      title.scope = "col";
      top.append(title);
    }
    table.append(make("thead", "", top), make("tbody", "", ...pair.slots.map(argument)));
    parts.append(pair.slots.length ? table : make("p", "", ...table.caption.childNodes));
  }
  return parts;
}

function inside(one) {
  const body = make("div", "inside", from(one));
  if (one.verdict !== "right") body.append(why(one));
  body.append(prompt(one), make("div", "sides", gold(one), read(one)));
  if (one.pairs.length) body.append(make("h4", "", say("compared")), compared(one));
  body.append(make("h4", "", say("raw")), one.raw === null
    ? make("p", "muted", say("no_raw")) : make("pre", "raw", words(one.raw)));
  return body;
}

function card(one) {
  const block = make("details", `row ${one.verdict}`, head(one));
  block.dataset.id = one.id;
  block.addEventListener("toggle", () => {
    if (block.open && block.childElementCount === 1) block.append(inside(one));
  });
  return block;
}

// Filters --------------------------------------------------------------------------------------

function grow(step = STEP) {
  for (const one of fitting.slice(shown, shown + step)) list.append(card(one));
  shown = Math.min(shown + step, fitting.length);
  const left = fitting.length - shown;
  more.hidden = left <= 0;
  more.textContent = say("more_cases", {n: Math.min(left, STEP)});
}

function filter(step = STEP) {
  const asked = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = KEYS.filter(key => pick[key].value).map(key => [key, pick[key].value]);
  fitting = cases.filter(one => chosen.every(([key, value]) => values(one, key).includes(value))
    && (!cell || one.cells.some(at => at.join() === cell))
    && asked.every(word => haystack(one).includes(word)));
  list.replaceChildren();
  shown = 0;
  grow(Math.max(step, STEP));
  found.textContent = say("found", {n: fitting.length, total: cases.length});
  if (!fitting.length) list.append(make("p", "muted", say("nothing")));
  tell();
}

// The button that names the chosen cell of the tool matrix, and takes it back.
function tell() {
  for (const one of document.querySelectorAll("#confusion a, #decision a")) {
    const where = one.getAttribute("href");
    one.classList.toggle("chosen", where === `#cell=${cell}` || where === `#decision=${pick.decision.value}`);
  }
  cellButton.hidden = !cell;
  if (!cell) return;
  const [row, column] = cell.split(",");
  cellButton.replaceChildren(words(`${data.rows[row]} → ${data.columns[column]}`), " ×");
  cellButton.setAttribute("aria-label", `${data.rows[row]} → ${data.columns[column]}: ${say("remove_cell")}`);
}

function fill(key) {
  const counts = new Map(), before = pick[key].value;
  for (const one of cases) for (const value of values(one, key)) counts.set(value, (counts.get(value) || 0) + 1);
  const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  const first = make("option", "", `${say(key)}: ${say("all")}`);
  first.value = "";
  pick[key].replaceChildren(first);
  for (const value of names) {
    const option = make("option", "", `${wordOf(key, value).replace(new RegExp(HIDDEN, "gu"), "?")} (${counts.get(value)})`);
    option.value = value;
    pick[key].append(option);
  }
  if (before && !counts.has(before)) offer(key, before);
  pick[key].value = before;
  pick[key].hidden = !counts.size || counts.size < 2 && key !== "outcome";
}

function offer(key, value) {
  const option = make("option", "", `${wordOf(key, value)} (0)`);
  option.value = value;
  pick[key].append(option);
}

function clear() {
  box.value = "";
  cell = "";
  for (const key of KEYS) pick[key].value = "";
}

// A link such as #outcome=value, #cell=3,4 or #tool=order sets that filter alone; #case=a#1 opens
// that case.
function follow() {
  let asked = location.hash.slice(1);
  try { asked = decodeURIComponent(asked); } catch { /* a lone % stands for itself */ }
  const at = asked.indexOf("="), key = asked.slice(0, at), value = asked.slice(at + 1);
  if (at < 0 || key !== "case" && key !== "cell" && !KEYS.includes(key)) return;
  clear();
  const [row, column] = value.split(",");
  if (key === "cell" && data.rows[row] !== undefined && data.columns[column] !== undefined) cell = value;
  if (KEYS.includes(key)) {
    if (![...pick[key].options].some(option => option.value === value)) offer(key, value);
    pick[key].value = value;
  }
  filter();
  if (key === "case") return open(value);
  document.getElementById("cases").scrollIntoView();
}

function open(id) {
  const index = fitting.findIndex(one => one.id === id);
  if (index < 0) {
    list.prepend(make("p", "warn missing", words(say("not_here", {id}))));
    document.getElementById("cases").scrollIntoView();
    return;
  }
  while (index >= shown) grow();
  const block = list.children[index];
  block.open = true;
  block.scrollIntoView();
  block.firstChild.focus({preventScroll: true});
}

function step(by) {
  const rows = [...list.querySelectorAll(".row")];
  const at = rows.findIndex(one => one.contains(document.activeElement));
  if (at >= 0 && by > 0 && at === rows.length - 1 && !more.hidden) { grow(); return step(by); }
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
  if (next) { next.firstChild.focus(); next.scrollIntoView({block: "nearest"}); }
}

form.hidden = false;
document.getElementById("language").hidden = false;
document.getElementById("language").addEventListener("click", () => relabel(root.lang === "zh" ? "en" : "zh"));
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { clear(); history.replaceState(null, "", location.pathname); filter(); }));
cellButton.addEventListener("click", () => { cell = ""; filter(); });
box.addEventListener("input", () => filter());
for (const key of KEYS) pick[key].addEventListener("change", () => filter());
more.addEventListener("click", () => grow());
window.addEventListener("hashchange", follow);
// A second click on the same link changes no hash, and still means it.
document.addEventListener("click", event => {
  const link = event.target.closest('a[href^="#"]'), where = link && link.getAttribute("href");
  if (where && where.includes("=") && where === location.hash) follow();
});
document.addEventListener("keydown", event => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
  if ((event.key === "j" || event.key === "k") && !typing) step(event.key === "j" ? 1 : -1);
  if (event.key === "Escape" && document.activeElement === box) { box.value = ""; filter(); }
});
KEYS.forEach(fill);
filter();
follow();
