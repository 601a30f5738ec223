"use strict";
// The page's few tools: two-language text, elements, tables, charts. No HTML is ever built from data.

const data = JSON.parse(document.getElementById("data").textContent);
const state = { lang: (localStorageGet("tongtu-lang") ?? (navigator.language.startsWith("en") ? 1 : 0)) * 1, need: 0, member: 0, direction: "", cases: 0 };
const charts = [];

function localStorageGet(key) { try { return localStorage.getItem(key); } catch { return null; } }
function localStorageSet(key, value) { try { localStorage.setItem(key, value); } catch { /* a file:// page may have none */ } }

/** A [zh, en] pair in the chosen language; anything else as it is. */
const t = (pair) => (Array.isArray(pair) ? pair[state.lang] || pair[0] || pair[1] || "" : pair ?? "");
/** A word of the page, with its placeholders filled. */
const w = (key, args = {}) => t(data.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => args[name] ?? "");
const label = (kind, id) => (id === null || id === undefined || id === "" ? w("none") : t(data.labels[kind]?.[id] ?? id));
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** An element: el("p.note", {title: "x"}, child, child …). */
function el(spec, ...rest) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const part of rest) {
    if (part === null || part === undefined) continue;
    if (part instanceof Node) node.append(part);
    else if (Array.isArray(part)) node.append(...part);
    else if (typeof part === "object") for (const [name, value] of Object.entries(part)) name.startsWith("on") ? node.addEventListener(name.slice(2), value) : node.setAttribute(name, value);
    else node.append(String(part));
  }
  return node;
}

const number = (x, digits = 1) => (x === null || x === undefined ? w("unknown") : x.toLocaleString(state.lang ? "en" : "zh", { maximumFractionDigits: digits }));
const percent = (x) => (x === null || x === undefined ? w("unknown") : (x * 100).toFixed(x < 0.0995 ? 1 : 0) + "%");
const range = (low, high, show) => (low === null || low === undefined ? w("unknown") : `${show(low)} – ${show(high)}`);

/** A table: columns are [heading, row → text | node, class]. Long ones open in steps. */
function table(columns, rows, step = 40) {
  if (!rows.length) return el("p.empty", w("empty"));
  const body = el("tbody");
  const more = el("button.more", { type: "button" });
  let shown = 0;
  const grow = () => {
    for (const row of rows.slice(shown, shown + step)) body.append(el("tr", columns.map(([, cell, kind]) => el(kind ? `td.${kind}` : "td", cell(row)))));
    shown += step;
    more.textContent = w("more", { n: Math.max(0, rows.length - shown) });
    more.hidden = shown >= rows.length;
  };
  more.addEventListener("click", grow);
  grow();
  return el("div", el("div.scroll", el("table", el("thead", el("tr", columns.map(([head]) => el("th", head)))), body)), more);
}

/** A chart box; its options are made when it comes into view and again when language or width change. */
function chart(height, make) {
  const box = el("div.chart", { style: `height:${height}px`, role: "img" });
  charts.push({ box, make, drawn: null });
  return box;
}

const seen = new IntersectionObserver((entries) => entries.filter((e) => e.isIntersecting).forEach((e) => draw(charts.find((c) => c.box === e.target))), { rootMargin: "300px" });

function draw(item) {
  if (!item || item.drawn) return;
  item.drawn = echarts.init(item.box, null, { renderer: "svg" });
  const options = item.make();
  item.box.setAttribute("aria-label", options.title?.text ?? "");
  item.drawn.setOption({ textStyle: { fontFamily: "inherit", color: css("--ink") }, animation: false, ...options });
}

/** What the reader has not scrolled to yet is drawn when the page has nothing else to do, so that printing finds it. */
function drawRest() {
  const next = charts.find((c) => !c.drawn);
  if (next) { draw(next); (window.requestIdleCallback ?? setTimeout)(drawRest); }
}

function section(id, ...children) {
  return el("section", { id }, el("h2", w(`nav-${id}`)), el("p.note", w(`note-${id}`)), ...children);
}

/** A searchable list beside a detail pane. */
function picker(items, chosen, title, small, show) {
  const list = el("div.pick"), pane = el("div");
  const search = el("input", { type: "search", placeholder: w("search"), "aria-label": w("search") });
  const choose = (index) => {
    state[chosen] = index;
    pane.replaceChildren(show(items[index]));
    for (const b of list.children) b.setAttribute("aria-pressed", b.dataset.index == index);
  };
  const fill = () => {
    const words = search.value.trim().toLowerCase();
    const hits = items.map((item, index) => [item, index]).filter(([item]) => !words || `${title(item)} ${small(item)} ${item.id}`.toLowerCase().includes(words));
    list.replaceChildren(...hits.slice(0, 200).map(([item, index]) => el("button", { type: "button", "data-index": index, "aria-pressed": index == state[chosen], onclick: () => choose(index) }, title(item), el("small", small(item)))));
  };
  search.addEventListener("input", fill);
  fill();
  if (items.length) choose(Math.min(state[chosen], items.length - 1));
  return items.length ? el("div.split", el("div", search, list), pane) : el("p.empty", w("empty"));
}
