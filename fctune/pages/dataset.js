// Every text of the data reaches the page through textContent alone.
const data = JSON.parse(document.getElementById("data").textContent);
const labels = data.labels, rows = data.rows;
const list = document.getElementById("list"), more = document.getElementById("more");
const box = document.getElementById("find"), found = document.getElementById("found");
const form = document.querySelector(".find");
const STEP = 50, KEYS = ["kind", "split", "lesson", "code", "tool"];
const pick = Object.fromEntries(KEYS.map(key => [key, document.getElementById(`by-${key}`)]));
let fitting = rows, shown = 0;

function say(key, values = {}) {
  return labels[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function tools(row) {
  const names = (row.tools || []).map(at => data.tools[at].name);
  for (const turn of row.turns || []) for (const [name] of turn.calls || []) names.push(name);
  return [...new Set(names)];
}

function values(row, key) {
  if (key === "code") return row.codes;
  if (key === "tool") return tools(row);
  return row[key] ? [row[key]] : [];
}

function* texts(row) {
  yield row.origin || "";
  yield row.system || "";
  yield row.raw || "";
  yield row.codes.join(" ");
  for (const issue of row.issues || []) yield `${issue.code} ${issue.message}`;
  for (const turn of row.turns || []) {
    yield turn.text || "";
    for (const [name, given] of turn.calls || []) yield `${name} ${given}`;
    yield* turn.results || [];
  }
}

function haystack(row) {
  row.haystack ??= [...texts(row)].join("\n").toLowerCase();
  return row.haystack;
}

function first(row) {
  const turn = (row.turns || []).find(one => one.role === "user" && one.text);
  const text = turn ? turn.text : (row.issues || []).map(one => one.message).join("; ") || row.raw || "";
  return plain(text).slice(0, 200).replace(/\s+/g, " ");
}

function place(row) {
  return row.kind === "rejected" ? `rejects:${row.row}` : `${row.split}:${row.row}`;
}

function lessonWord(lesson) {
  return labels[`lesson_${lesson}`] || lesson;
}

function head(row) {
  const top = make("summary", "", make("span", "place", place(row)), make("span", "kind", labels[row.kind]));
  if (row.lesson) top.append(make("span", "tag", lessonWord(row.lesson)));
  for (const code of row.codes) {
    const severity = (data.codes[code] || {severity: "error"}).severity;
    top.append(make("span", `tag ${severity}`, code));
  }
  top.append(make("bdi", "first", words(first(row))));
  return top;
}

function from(row) {
  const line = make("p", "from");
  if (row.origin) {
    const name = make("code", "", words(row.origin));
    const link = row.link ? make("a", "origin", name) : name;
    if (row.link) link.href = row.link;
    line.append(`${labels.from} `, link);
    if (row.part) line.append(`, ${say("part", {n: row.part + 1})}`);
  } else {
    line.append(`${labels.from}: ${labels.unknown}`);
  }
  if (row.split) {
    const link = make("a", "", place(row));
    link.href = data.splits[row.split];
    line.append(`; ${labels.in} `, link);
  }
  if (row.tokens) line.append(`; ${data.estimated ? "≈ " : ""}${row.tokens} ${labels.tokens}`);
  return line;
}

function turn(role, kind, ...content) {
  const learned = kind === "model" || kind === "call";
  const who = make("div", "who", labels[role] || role), what = make("div", "what", ...content);
  if (learned) what.title = labels.learned;
  return make("div", `turn ${kind}${learned ? " learned" : ""}`, who, what);
}

function marking(text, other) {
  const piece = words(text);
  return other && !other.includes(plain(text).trim()) ? make("span", "marked", piece) : piece;
}

// The row as written; `other` is all that the raw row says, to mark what it does not say.
function conversation(row, other = "") {
  const parts = document.createDocumentFragment();
  if (row.system) parts.append(turn("system", "system", marking(row.system, other)));
  if (row.tool_count) parts.append(toolList(row));
  for (const one of row.turns || []) {
    if (one.text) parts.append(turn(one.calls ? "model" : one.role, one.calls ? "model" : one.role, marking(one.text, other)));
    for (const [name, given] of one.calls || []) {
      parts.append(turn("call", "call", make("span", "name", words(name)), " ", words(given)));
    }
    for (const result of one.results || []) parts.append(turn("result", "result", marking(result, other)));
  }
  return parts;
}

function toolList(row) {
  const names = row.tools.slice(0, 8).map(at => data.tools[at].name).join(", ");
  const rest = row.tool_count > 8 ? `, + ${row.tool_count - 8}` : "";
  const inner = make("details", "", make("summary", "", words(names), rest));
  inner.title = labels.tools_shown;
  inner.addEventListener("toggle", () => {
    if (inner.childElementCount === 1) for (const at of row.tools) inner.append(make("pre", "", words(data.tools[at].text)));
  });
  const block = turn("system", "system", inner);
  block.firstChild.textContent = labels.tools;
  return block;
}

function reasons(row) {
  const items = make("ul", "reasons");
  const listed = row.issues || row.codes.map(code => ({code, where: "", message: ""}));
  for (const issue of listed) {
    const known = data.codes[issue.code] || {severity: "error", meaning: "", hint: ""};
    const said = issue.message ? `${issue.where ? `${issue.where}: ` : ""}${issue.message}` : known.meaning;
    items.append(make("li", "", make("code", known.severity, issue.code), ` (${labels[known.severity]}) `,
      words(said), known.hint ? make("span", "hint", `${labels.hint}: ${known.hint}`) : null));
  }
  return items;
}

function written(row) {
  const said = [row.system || ""];
  for (const one of row.turns || []) {
    said.push(one.text || "", ...(one.results || []));
    for (const [name, given] of one.calls || []) {
      said.push(name, given, `{"name": ${JSON.stringify(name)}, "arguments": ${given}}`);
    }
  }
  return said.map(plain).join("\n");
}

// The raw row line by line; a text that the written row does not have is marked.
function raw(text, other) {
  const block = make("pre", "");
  for (const line of text.split("\n")) {
    const value = /^\s*(?:"(?:[^"\\]|\\.)*": )?("(?:[^"\\]|\\.)*"),?$/.exec(line);
    let missing = false;
    if (value && other && !/^\s*"(role|from|type|id|name|tools|tool_call_id)": /.test(line)) {
      try { missing = !other.includes(JSON.parse(value[1]).trim()); } catch { missing = false; }
    }
    block.append(missing ? make("span", "marked", words(line)) : words(line), "\n");
  }
  return block;
}

function rawWords(text) {
  const found = [];
  for (const value of text.match(/"(?:[^"\\]|\\.)*"/g) || []) {
    try { found.push(JSON.parse(value)); } catch { /* cut within a string */ }
  }
  return found.join("\n");
}

function inside(row) {
  const body = make("div", "inside", from(row));
  if (row.codes.length || row.issues) body.append(reasons(row));
  if (row.fault) body.append(make("p", "bad", `${labels.damaged}: `, words(row.fault)));
  if (row.raw) body.append(make("h4", "", labels.raw), raw(row.raw, ""));
  if (row.before) body.append(sides(row));
  else if (row.turns) body.append(conversation(row));
  return body;
}

function sides(row) {
  const before = row.before, cut = JSON.stringify(row.turns).includes("\\u0000");
  if (before.missing) {
    const why = say(before.missing, {name: data.name, row: place(row)});
    const body = make("div", "", make("p", "muted missing", why));
    body.append(conversation(row));
    return body;
  }
  const whole = !cut && !CUT.test(before.text);
  const left = make("div", "before", make("h4", "", labels.before), raw(before.text, whole ? written(row) : ""));
  const right = make("div", "after", make("h4", "", labels.after), conversation(row, whole ? rawWords(before.text) : ""));
  return make("div", "", make("p", "muted", whole ? labels.marked : ""), make("div", "sides", left, right));
}

function card(row) {
  const block = make("details", `row ${row.kind}`, head(row));
  block.dataset.place = place(row);
  block.addEventListener("toggle", () => {
    if (block.open && block.childElementCount === 1) block.append(inside(row));
  });
  return block;
}

function grow() {
  for (const row of fitting.slice(shown, shown + STEP)) list.append(card(row));
  shown = Math.min(shown + STEP, fitting.length);
  const left = fitting.length - shown;
  more.hidden = left <= 0;
  more.textContent = say("more", {n: Math.min(left, STEP)});
}

function filter() {
  const asked = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = KEYS.filter(key => pick[key].value).map(key => [key, pick[key].value]);
  fitting = rows.filter(row => chosen.every(([key, value]) => values(row, key).includes(value))
    && asked.every(word => haystack(row).includes(word)));
  list.replaceChildren();
  shown = 0;
  grow();
  found.textContent = say("found", {n: fitting.length, total: rows.length});
  if (!fitting.length) list.append(make("p", "muted", labels.nothing));
}

function fill(key) {
  const counts = new Map();
  for (const row of rows) for (const value of values(row, key)) counts.set(value, (counts.get(value) || 0) + 1);
  const names = [...counts.keys()].sort((a, b) => key === "kind" ? a.localeCompare(b) : counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  for (const value of names) {
    const word = key === "kind" ? labels[value] : key === "lesson" ? lessonWord(value) : value;
    const option = make("option", "", `${plain(word).replace(new RegExp(HIDDEN, "gu"), "?")} (${counts.get(value)})`);
    option.value = value;
    pick[key].append(option);
  }
  pick[key].hidden = counts.size < 2 && key !== "code" && key !== "tool" || !counts.size;
}

// A link such as #code=call-enum sets that filter alone; #row=train:12 opens that row.
function follow() {
  let asked = location.hash.slice(1);
  try { asked = decodeURIComponent(asked); } catch { /* a lone % stands for itself */ }
  const at = asked.indexOf("="), key = asked.slice(0, at), value = asked.slice(at + 1);
  if (key !== "row" && !KEYS.includes(key)) return;
  box.value = "";
  for (const other of KEYS) pick[other].value = "";
  if (key !== "row") {
    if (![...pick[key].options].some(option => option.value === value)) {
      pick[key].append(Object.assign(make("option", "", `${value} (0)`), {value}));
    }
    pick[key].value = value;
  }
  filter();
  if (key === "row") {
    const index = fitting.findIndex(row => place(row) === value);
    while (index >= shown) grow();
    const block = index >= 0 ? list.children[index] : null;
    if (block) { block.open = true; block.scrollIntoView(); return; }
  }
  document.getElementById("rows").scrollIntoView();
}

KEYS.forEach(fill);
form.hidden = false;
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { history.replaceState(null, "", location.pathname); filter(); }));
box.addEventListener("input", filter);
for (const key of KEYS) pick[key].addEventListener("change", filter);
more.addEventListener("click", grow);
window.addEventListener("hashchange", follow);
// A second click on the same link changes no hash, and still means it.
document.addEventListener("click", event => {
  const link = event.target.closest('a[href^="#"], a[*|href^="#"]');
  const where = link && link.getAttribute("href");
  if (where && where.includes("=") && where === location.hash) follow();
});
document.addEventListener("keydown", event => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
  if (event.key === "Escape" && document.activeElement === box) { box.value = ""; filter(); }
});
filter();
follow();
