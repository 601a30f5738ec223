"use strict";
// The page's sections, each from the plan's tables; the order here is the order a reader meets them.

const achievementTitle = (id) => t(data.achievements[id]?.title ?? id);
const needTitle = (id) => t(data.need_titles[id] ?? id);
const caseName = (c) => `${needTitle(c.need)} ← ${achievementTitle(c.achievement)}`;

function summary() {
  const tiles = data.tiles_top.map((x) => el("div.tile", el("b", t(x.value)), el("span", t(x.name))));
  const links = table([
    [w("link"), (r) => t(r.name)], [w("status"), (r) => el(r.status === "done" ? "span.good" : "span.warn", w(`status-${r.status}`))],
    [w("in"), (r) => (r.in === null ? "–" : number(r.in, 0)), "n"], [w("out"), (r) => (r.out === null ? "–" : number(r.out, 0)), "n"], [w("why"), (r) => t(r.why)],
  ], data.links);
  return section("summary", el("div.tiles", tiles), chart(340, flowChart), links);
}

function pairCard(pair) {
  const a = data.achievements[pair.achievement] ?? {};
  return el("div.pair",
    el("h4", achievementTitle(pair.achievement)),
    el("div.soft", `${pair.achievement} · ${label("org", a.org)} · TRL ${a.trl ?? w("unknown")}`),
    el("div.bar", { title: percent(pair.score) }, el("i", { style: `width:${Math.round(pair.score * 100)}%` })),
    el("div", `${w("score")} ${percent(pair.score)}　`, el("span.good", `${w("met")} ${pair.met ?? 0}`), "　", el("span.bad", `${w("unmet")} ${pair.unmet ?? 0}`), "　", el("span.soft", `${w("not-known")} ${pair.unknown ?? 0}`), pair.allocated ? el("b.good", `　${w("allocated")}`) : null),
    el("div", t(pair.why)), el("ul.why", pair.parts.map((p) => el("li", t(p)))));
}

function matches() {
  const show = (need) => el("div",
    el("p", el("b", t(need.title)), el("br"), el("span.soft", `${need.id} · ${label("org", need.org)} · ${label("direction", need.direction)} · ${t(need.budget)}`)),
    el("p", t(need.text)),
    need.indicators.length ? el("ul.why", need.indicators.map((i) => el("li", t(i)))) : null,
    need.unfilled ? el("p.warn", t(need.unfilled)) : null,
    el("div", need.pairs.length ? need.pairs.map(pairCard) : el("p.empty", w("no-pairs"))));
  return section("matches", picker(data.needs, "need", (n) => t(n.title), (n) => `${label("org", n.org)} · ${n.pairs.length}`, show));
}

function cases() {
  const show = (c) => el("div",
    el("p", el("b", caseName(c)), el("br"), el("span.soft", `${label("org", c.demander)} ← ${label("org", c.holder)} · ${label("direction", c.direction)} · ${c.start ?? w("unknown")} – ${c.finish ?? w("unknown")}`)),
    el("p", t(c.why)),
    el("p", `${w("odds")}：${c.odds.p === null ? range(c.odds.low, c.odds.high, percent) : `${percent(c.odds.p)} (${range(c.odds.low, c.odds.high, percent)})`}　${w("cost")}：${t(c.cost)}　${w("days")}：${range(c.days_low, c.days_high, (x) => number(x, 0))}`),
    el("p", el(c.chosen ? "b.good" : "b.warn", w(c.chosen ? "chosen" : "not-chosen")), " ", t(c.funding_why)),
    el("h3", w("steps")),
    table([[w("stage"), (s) => label("stage", s.stage)], [w("due"), (s) => s.due ?? w("unknown")], [w("responsible"), (s) => label("role", s.responsible)], [w("verdict"), (s) => label("verdict", s.verdict)], [w("why"), (s) => t(s.why)]], c.steps),
    el("h3", w("slots")),
    table([[w("stage"), (s) => label("stage", s.stage)], [w("line"), (s) => `${label("platform", s.platform)} ${label("line", s.line)}`], [w("start"), (s) => s.start ?? ""], [w("end"), (s) => s.end ?? ""], [w("why"), (s) => t(s.why)]], c.slots),
    el("h3", w("maturity")),
    table([[w("dimension"), (m) => label("maturity_dimension", m.dimension)], [w("claimed"), (m) => m.claimed ?? w("unknown"), "n"], [w("supported"), (m) => range(m.low, m.high, String), "n"], [w("grade"), (m) => m.grade ?? ""], [w("why"), (m) => el(m.weakest ? "span.warn" : "span", t(m.why))]], c.maturity),
    el("h3", w("autonomy")), el("p", t(c.autonomy)));
  return section("cases", picker(data.cases, "cases", caseName, (c) => `${c.chosen ? w("chosen") : w("not-chosen")} · ${label("direction", c.direction)}`, show));
}

/** The cases of the log: how they pass each stage, and whom the open ones wait for. */
function passage() {
  const days = (p) => (p.days === null ? range(p.days_low, p.days_high, (x) => number(x, 0)) : `${number(p.days, 0)} (${range(p.days_low, p.days_high, (x) => number(x, 0))})`);
  const due = (s) => el(s.overdue ? "b.bad" : "span", s.due ?? w("unknown"));
  return section("passage",
    data.progress.length ? table([[w("stage"), (p) => label("stage", p.phase)], [w("entered"), (p) => number(p.entered, 0), "n"], [w("passed"), (p) => number(p.passed, 0), "n"], [w("stopped"), (p) => number(p.failed + p.withdrawn, 0), "n"], [w("still-there"), (p) => number(p.open, 0), "n"], [w("share-passed"), (p) => (p.conversion === null ? w("unknown") : `${percent(p.conversion)} (${range(p.low, p.high, percent)})`), "n"], [w("days"), days, "n"], [w("share-of-days"), (p) => percent(p.share), "n"]], data.progress) : el("p.empty", w("empty")),
    data.standing.length ? el("h3", w("waiting")) : null,
    data.standing.length ? table([[w("case"), (s) => s.case, "id"], [w("stage"), (s) => label("stage", s.stage)], [w("state"), (s) => label("case_state", s.state)], [w("since"), (s) => s.since ?? ""], [w("due"), due], [w("waits-for"), (s) => `${s.waits_for ? label("role", s.waits_for) : ""} ${s.waits_on ? label("org", s.waits_on) : ""}`], [w("why"), (s) => t(s.why)]], data.standing, 15) : null);
}

function pilots() {
  const slots = data.slots.filter((s) => s.status === "placed");
  const rows = [...new Set(slots.map((s) => s.line))].sort();
  const missing = data.slots.filter((s) => s.status !== "placed");
  return section("pilots",
    slots.length ? chart(Math.min(560, 80 + 30 * Math.min(rows.length, 16)), () => ganttChart(rows, slots)) : el("p.empty", w("empty")),
    data.holes.length ? el("h3", w("holes")) : null,
    data.holes.length ? table([[w("stage"), (h) => label("stage", h.stage)], [w("service"), (h) => label("gate_service", h.service)], [w("direction"), (h) => label("direction", h.direction)], [w("nav-cases"), (h) => number(h.cases, 0), "n"], [w("why"), (h) => t(h.why)]], data.holes, 12) : null,
    missing.length ? el("h3", w("not-placed")) : null,
    missing.length ? table([[w("case"), (s) => s.case, "id"], [w("stage"), (s) => label("stage", s.stage)], [w("why"), (s) => t(s.why)]], missing, 15) : null);
}

function risk() {
  const rows = data.cases.filter((c) => c.odds.low !== null).map((c) => ({ name: caseName(c), ...c.odds }));
  return section("risk",
    rows.length ? chart(Math.min(600, 60 + 24 * Math.min(rows.length, 20)), () => oddsChart(rows)) : el("p.empty", w("empty")),
    el("h3", w("stage-odds")),
    table([[w("stage"), (o) => label("stage", o.stage)], [w("direction"), (o) => label("direction", o.direction)], [w("point"), (o) => percent(o.p), "n"], [w("interval"), (o) => range(o.low, o.high, percent), "n"], ["n", (o) => number(o.n, 0), "n"], [w("why"), (o) => t(o.why)]], data.stage_odds, 12));
}

function money() {
  const funded = data.cases.filter((c) => c.chosen), not = data.cases.filter((c) => !c.chosen);
  const columns = [[w("case"), caseName], [w("cost"), (c) => t(c.cost)], [w("amount"), (c) => t(c.amount), "n"], [w("expected"), (c) => number(c.expected, 3), "n"], [w("why"), (c) => t(c.funding_why)]];
  return section("money",
    data.budgets.length ? chart(Math.min(520, 80 + 26 * data.budgets.length), () => moneyChart(data.budgets)) : el("p.empty", w("empty")),
    ...together(),
    el("h3", w("funded")), table(columns, funded, 15), el("h3", w("not-funded")), table(columns.filter((_, i) => i !== 2 && i !== 3), not, 15),
    el("h3", w("solutions")),
    table([[w("problem"), (s) => t(s.problem)], [w("status"), (s) => w(`solver-${s.status}`)], [w("value"), (s) => number(s.value, 3), "n"], [w("bound"), (s) => number(s.bound, 3), "n"], [w("gap"), (s) => percent(s.gap), "n"], [w("why"), (s) => t(s.why)]], data.solutions));
}

/** What the funded cases may lose and bring about together, by correlation; and what cases are worth. */
function together() {
  const rows = data.risk.rows, known = data.values;
  return [
    rows.length ? el("h3", w("risk-together")) : null, rows.length ? el("p.note", w("note-risk-together")) : null,
    rows.length ? table([[w("correlation"), (r) => (r.rho === null ? w("factor-model") : number(r.rho, 1))], [w("expected-loss"), (r) => t(r.loss), "n"], [`${w("tail-loss")} (${percent(data.risk.level)})`, (r) => t(r.tail), "n"], [w("expected-cases"), (r) => number(r.cases, 1), "n"], [`${w("fewest-cases")} (${percent(data.risk.level)})`, (r) => number(r.fewest, 1), "n"]], rows) : null,
    known.length ? el("h3", w("values")) : null,
    known.length ? table([[w("case"), (v) => v.case, "id"], [w("gross"), (v) => t(v.gross), "n"], [w("rnpv"), (v) => t(v.rnpv), "n"], [w("interval"), (v) => `${t(v.low)} – ${t(v.high)}`, "n"], [w("value-in-all"), (v) => t(v.whole), "n"], [w("why"), (v) => t(v.why)]], known, 12) : null,
  ];
}

function network() {
  if (!data.coverage.length) return section("network", el("p.empty", w("empty")));
  const select = el("select", { "aria-label": w("direction") }, el("option", { value: "" }, w("all-directions")), data.coverage_directions.map((d) => el("option", { value: d }, label("direction", d))));
  const map = el("div");
  const redraw = () => { state.direction = select.value; map.replaceChildren(chart(430, () => tileChart(state.direction))); observe(); };
  select.value = state.direction;
  select.addEventListener("change", redraw);
  map.append(chart(430, () => tileChart(state.direction)));
  const factors = data.factors.map((f) => ({ ...f, name: label("direction", f.direction) }));
  return section("network", el("p.note", t(data.directions_loaded)), select, map,
    factors.length ? chart(60 + 62 * factors.length, () => factorChart(factors)) : el("p.empty", w("empty")),
    el("h3", w("actions")),
    table([[w("direction"), (c) => label("direction", c.direction)], [w("region"), (c) => label("region", c.region)], [w("action"), (c) => el("b", w(`action-${c.action}`))], [w("weakest"), (c) => (c.weakest ? w(`factor-${c.weakest}`) : w("unknown"))], [w("demand"), (c) => number(c.demand, 0), "n"], [w("capacity"), (c) => number(c.capacity, 0), "n"], [w("why"), (c) => t(c.why)]], data.coverage.filter((c) => c.action && c.action !== "none"), 20),
    ...growth(), ...platformTiers(), ...criticalItems());
}

/** What the layout proposes, and how good it is. */
function growth() {
  if (!data.layout.length) return [];
  const proven = data.solutions.filter((s) => s.key === "layout");
  const name = (a) => (a.platform ? label("platform", a.platform) : w("new-platform"));
  return [el("h3", w("layout")), el("p.note", w("note-layout")),
    table([[w("problem"), (s) => t(s.problem)], [w("status"), (s) => w(`solver-${s.status}`)], [w("value"), (s) => number(s.value, 1), "n"], [w("bound"), (s) => number(s.bound, 1), "n"], [w("gap"), (s) => percent(s.gap), "n"], [w("why"), (s) => t(s.why)]], proven),
    table([[w("period"), (a) => number(a.period, 0), "n"], [w("action"), (a) => el("b", w(`action-${a.action}`))], [w("platform"), name], [w("direction"), (a) => label("direction", a.direction)], [w("region"), (a) => label("region", a.region)], [w("payer"), (a) => t(a.payer)], [w("cost"), (a) => t(a.cost), "n"], [w("covered"), (a) => number(a.covered, 0), "n"], [w("why"), (a) => t(a.why)]], data.layout, 15)];
}

/** Tiers computed from the ledger, beside the ones held. */
function platformTiers() {
  if (!data.platform_tiers.length) return [];
  const tier = (id) => (id ? label("platform_tier", id) : "—");
  const between = (p) => (p.acceptability === null ? "—" : `${percent(p.acceptability)} (${percent(p.acceptability_low)} – ${percent(p.acceptability_high)})`);
  return [el("h3", w("platform-tiers")), el("p.note", t(data.rubric)),
    table([[w("platform"), (p) => label("platform", p.platform)], [w("held"), (p) => tier(p.held)], [w("decided"), (p) => el("b", tier(p.tier))], [w("both-rules"), (p) => `${tier(p.strict)} / ${tier(p.lenient)}`], [w("acceptability"), between, "n"], [w("lifts"), (p) => t(p.lifts)], [w("why"), (p) => t(p.why)]], data.platform_tiers, 15)];
}

/** Items whose loss would cost most, with the range of their rank. */
function criticalItems() {
  if (!data.critical.length) return [];
  return [el("h3", w("critical")), el("p.note", w("note-critical")),
    table([[w("rank"), (c) => `${number(c.rank, 0)} (${range(c.rank_low, c.rank_high, (x) => number(x, 0))})`, "n"], [w("item"), (c) => t(c.name)], [w("autonomy"), (c) => percent(c.autonomy), "n"], [w("nav-needs"), (c) => number(c.needs, 0), "n"], [w("why"), (c) => t(c.why)]], data.critical, 12)];
}

/** Who leads which kind of research, led and not merely joined. */
function researchTracks() {
  if (!data.tracks.length) return [];
  return [el("h3", w("tracks")), el("p.note", w("note-tracks")),
    table([[w("track"), (r) => (r.track ? label("track", r.track) : w("unknown"))], [w("lead"), (r) => (r.lead_kind ? label("organisation_kind", r.lead_kind) : w("unknown"))], [w("projects"), (r) => number(r.projects, 0), "n"], [w("part"), (r) => percent(r.project_share), "n"], [w("state-funds"), (r) => t(r.state_funds), "n"], [w("part"), (r) => percent(r.funds_share), "n"], [w("why"), (r) => t(r.why)]], data.tracks, 12)];
}

function goals() {
  const share = (x) => (x === null ? w("unknown") : `${number(100 * x, 2)}%`);
  return section("goals", ...researchTracks(), el("h3", w("nav-goals")), table([[w("goal"), (g) => t(g.name)], [w("now"), (g) => (g.ratio ? share(g.now) : number(g.now, 2)), "n"], [w("target"), (g) => (g.ratio ? share(g.target) : number(g.target, 2)), "n"], [w("share"), (g) => (g.share === null ? w("unknown") : percent(g.share)), "n"], [w("deadline"), (g) => g.deadline ?? ""], [w("status"), (g) => w(`goal-${g.status}`)], [w("why"), (g) => t(g.why)]], data.goals));
}

function titles() {
  return section("titles", table([[w("scheme"), (v) => t(v.scheme)], [w("tier"), (v) => t(v.tier)], [w("version"), (v) => v.version ?? ""], [w("met"), (v) => number(v.met, 0), "n"], [w("unmet"), (v) => number(v.unmet, 0), "n"], [w("manual"), (v) => number(v.manual, 0), "n"], [w("not-known"), (v) => number(v.unknown, 0), "n"], [w("most-missed"), (v) => t(v.most_missed)]], data.titles));
}

function members() {
  const line = (title, rows) => (rows.length ? el("div", el("h3", title), el("ul.why", rows.map((r) => el("li", t(r))))) : null);
  const show = (m) => el("div",
    el("p", el("b", label("org", m.id)), el("br"), el("span.soft", t(m.about))),
    el("div.tiles", ["asked", "offered", "matched", "cases", "owes", "met"].map((k) => el("div.tile", el("b", m[k] === null ? w("unknown") : m[k]), el("span", w(`member-${k}`)))), el("div.tile", el("b", t(m.funded)), el("span", w("member-funded")))),
    line(w("member-asked"), m.needs), line(w("member-offered"), m.achievements), line(w("member-cases"), m.case_lines), line(w("titles"), m.titles));
  return section("members", picker(data.members, "member", (m) => label("org", m.id), (m) => `${w("member-asked")} ${m.asked} · ${w("member-offered")} ${m.offered} · ${w("member-cases")} ${m.cases}`, show));
}

const SECTIONS = { summary, matches, cases, passage, pilots, risk, money, network, goals, titles, members };

function observe() { charts.forEach((c) => seen.observe(c.box)); (window.requestIdleCallback ?? setTimeout)(drawRest); }

function render() {
  charts.splice(0).forEach((c) => { seen.unobserve(c.box); c.drawn?.dispose(); });
  document.documentElement.lang = state.lang ? "en" : "zh-Hans";
  document.title = w("title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = w(node.dataset.word);
  for (const b of document.querySelectorAll("[data-lang]")) b.setAttribute("aria-pressed", b.dataset.lang == state.lang);
  const stamp = document.getElementById("stamp");
  stamp.replaceChildren(...(data.meta.synthetic ? [el("span.badge", w("synthetic"))] : []), w("stamp", data.meta));
  document.getElementById("nav").replaceChildren(...Object.keys(SECTIONS).map((id) => el("a", { href: `#${id}` }, w(`nav-${id}`))));
  document.getElementById("main").replaceChildren(...Object.values(SECTIONS).map((make) => make()));
  document.getElementById("footer").replaceChildren(w("footer", data.meta));
  observe();
}

document.querySelectorAll("[data-lang]").forEach((b) => b.addEventListener("click", () => { state.lang = b.dataset.lang * 1; localStorageSet("tongtu-lang", state.lang); render(); }));
addEventListener("resize", () => charts.forEach((c) => c.drawn?.resize()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
render();
