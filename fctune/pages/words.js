// Nodes and words for scripts of pages: every text of the data reaches a page through textContent.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff]/u;
const CUT = /\u0000(\d+)$/u;

function make(tag, name, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

// Words of the data: hidden marks are shown by their number, a cut text says how much is missing.
function words(text) {
  const parts = document.createDocumentFragment(), cut = CUT.exec(text);
  let rest = cut ? text.slice(0, cut.index) : text;
  for (let at = rest.search(HIDDEN); at >= 0; at = rest.search(HIDDEN)) {
    const code = rest.codePointAt(at).toString(16).toUpperCase().padStart(4, "0");
    parts.append(rest.slice(0, at), make("span", "mark", `U+${code}`));
    rest = rest.slice(at + 1);
  }
  parts.append(rest);
  if (cut) parts.append(" ", make("span", "mark", `… ${say("cut", {n: cut[1]})}`));
  return parts;
}

function plain(text) {
  return text.replace(CUT, "");
}
