"use strict";
// Each picture as a function from the plan's data to ECharts options.

const tooltip = (formatter) => ({ renderMode: "richText", confine: true, formatter, backgroundColor: css("--card"), borderColor: css("--line"), textStyle: { color: css("--ink"), fontSize: 12 } });
const axisStyle = () => ({ axisLabel: { color: css("--soft") }, axisLine: { lineStyle: { color: css("--line") } }, splitLine: { lineStyle: { color: css("--line"), opacity: 0.6 } } });
const palette = () => ["--accent", "--gold", "--good", "--warn", "--bad", "--soft"].map(css);
/** Cut to a width in half-characters: a Chinese character takes two. */
function cut(text, width) {
  let taken = 0, kept = "";
  for (const c of text) { taken += c.codePointAt(0) > 0x2e7f ? 2 : 1; if (taken > width) return kept + "…"; kept += c; }
  return kept;
}

/** Needs on the left, funded cases on the right; what falls out on the way is drawn too. */
function flowChart() {
  const name = (id) => t(data.flow.names[id]);
  return {
    tooltip: tooltip((p) => (p.dataType === "edge" ? `${name(p.data.source)} → ${name(p.data.target)}: ${p.data.value}` : `${name(p.name)}: ${p.value}`)),
    series: [{
      type: "sankey", left: 10, right: 200, top: 15, bottom: 15, nodeGap: 14, emphasis: { focus: "adjacency" },
      data: data.flow.nodes.map((id) => ({ name: id, itemStyle: { color: id.startsWith("out-") ? css("--line") : css("--accent") } })),
      links: data.flow.links, lineStyle: { color: "source", opacity: 0.35 },
      label: { color: css("--ink"), formatter: (p) => `${name(p.name)} ${p.value ?? ""}` },
    }],
  };
}

/** Cases over platforms: one row per line, one bar per slot. */
function ganttChart(rows, slots) {
  const item = (params, api) => {
    const row = api.value(0), from = api.coord([api.value(1), row]), to = api.coord([api.value(2), row]);
    const height = Math.min(16, api.size([0, 1])[1] * 0.7);
    return { type: "rect", shape: { x: from[0], y: from[1] - height / 2, width: Math.max(2, to[0] - from[0]), height }, style: api.style() };
  };
  return {
    grid: { left: 190, right: 20, top: 10, bottom: 50 },
    tooltip: tooltip((p) => { const s = slots[p.dataIndex]; return `${s.case}\n${label("stage", s.stage)} · ${s.start} – ${s.end}\n${number(s.hours)} h`; }),
    xAxis: { type: "time", ...axisStyle() },
    yAxis: { type: "category", inverse: true, data: rows.map((id) => cut(label("line", id), 28)), ...axisStyle() },
    dataZoom: rows.length > 14 ? [{ type: "slider", yAxisIndex: 0, width: 14, right: 2, endValue: 14, showDetail: false }] : [],
    series: [{ type: "custom", renderItem: item, encode: { x: [1, 2], y: 0 }, itemStyle: { color: css("--accent"), opacity: 0.8 },
      data: slots.map((s) => [rows.indexOf(s.line), s.start, s.end]) }],
  };
}

/** Odds of each case as an interval; a point stands only where the sample bears one. */
function oddsChart(cases) {
  const bar = (params, api) => {
    const from = api.coord([api.value(1), api.value(0)]), to = api.coord([api.value(2), api.value(0)]);
    return { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style: { stroke: css("--accent"), lineWidth: 4, opacity: 0.45 } };
  };
  return {
    grid: { left: 210, right: 30, top: 10, bottom: 30 },
    tooltip: tooltip((p) => { const c = cases[p.data[0]]; return `${c.name}\n${range(c.low, c.high, percent)}  n=${number(c.n, 0)}`; }),
    xAxis: { type: "value", min: 0, max: 1, ...axisStyle(), axisLabel: { formatter: (x) => Math.round(x * 100) + "%", color: css("--soft") } },
    yAxis: { type: "category", inverse: true, data: cases.map((c) => cut(c.name, 32)), ...axisStyle() },
    dataZoom: cases.length > 16 ? [{ type: "slider", yAxisIndex: 0, width: 14, right: 2, endValue: 16, showDetail: false }] : [],
    series: [
      { type: "custom", renderItem: bar, encode: { x: [1, 2], y: 0 }, data: cases.map((c, i) => [i, c.low, c.high]) },
      { type: "scatter", symbolSize: 9, itemStyle: { color: css("--accent") }, encode: { x: 1, y: 0 }, data: cases.flatMap((c, i) => (c.p === null ? [] : [[i, c.p]])) },
    ],
  };
}

/** What each budget held and what of it is placed. */
function moneyChart(budgets) {
  return {
    grid: { left: 210, right: 40, top: 30, bottom: 30 }, legend: { top: 0, textStyle: { color: css("--ink") } },
    tooltip: tooltip((p) => { const b = budgets[p.dataIndex]; return `${t(b.name)}\n${t(b.used_text)} / ${t(b.amount_text)}`; }),
    xAxis: { type: "value", max: 1, ...axisStyle(), axisLabel: { formatter: (x) => Math.round(x * 100) + "%", color: css("--soft") } },
    yAxis: { type: "category", inverse: true, data: budgets.map((b) => cut(t(b.name), 32)), ...axisStyle() },
    series: [
      { name: w("placed"), type: "bar", stack: "a", color: css("--accent"), data: budgets.map((b) => b.share) },
      { name: w("left"), type: "bar", stack: "a", color: css("--line"), data: budgets.map((b) => 1 - b.share) },
    ],
  };
}

/** Provinces as equal tiles; colour is capacity against demand for the chosen direction. */
function tileChart(direction) {
  const rows = data.coverage.filter((c) => !direction || (c.direction ?? "") === direction);
  const sums = {};
  for (const c of rows) { const s = (sums[c.region ?? ""] ??= { demand: 0, capacity: 0, known: false }); s.demand += c.demand ?? 0; s.capacity += c.capacity ?? 0; s.known ||= c.capacity !== null; }
  const state_of = (s) => (!s || (!s.demand && !s.capacity) ? "quiet" : !s.demand ? "spare" : !s.known ? "unknown" : s.capacity >= s.demand ? "covered" : s.capacity > 0 ? "short" : "absent");
  const colours = { quiet: css("--line"), spare: css("--gold"), covered: css("--good"), short: css("--warn"), absent: css("--bad"), unknown: css("--soft") };
  const width = Math.max(...data.tiles.map((x) => x.x)) + 1, height = Math.max(...data.tiles.map((x) => x.y)) + 1;
  return {
    grid: { left: 10, right: 10, top: 34, bottom: 6 }, legend: { top: 4, textStyle: { color: css("--ink") }, selectedMode: false },
    tooltip: tooltip((p) => { const s = sums[p.data[2]]; return `${label("region", p.data[2])}\n${w("demand")} ${number(s?.demand ?? 0, 0)} h\n${w("capacity")} ${number(s?.capacity ?? 0, 0)} h`; }),
    xAxis: { type: "value", min: 0, max: width, show: false }, yAxis: { type: "value", min: 0, max: height, inverse: true, show: false },
    series: Object.keys(colours).map((kind) => ({
      name: w(`tile-${kind}`), type: "custom", color: colours[kind],
      renderItem: (params, api) => {
        const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(0) + 1, api.value(1) + 1]);
        const id = api.value(2);
        return { type: "group", children: [
          { type: "rect", shape: { x: a[0] + 2, y: a[1] + 2, width: b[0] - a[0] - 4, height: b[1] - a[1] - 4, r: 4 }, style: { fill: colours[kind], opacity: 0.85 } },
          { type: "text", style: { text: label("region_short", String(id)), x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, align: "center", verticalAlign: "middle", fontSize: 12, fill: kind === "quiet" ? css("--soft") : "#fff" } }] };
      },
      data: data.tiles.filter((x) => state_of(sums[x.region]) === kind).map((x) => [x.x, x.y, x.region]),
    })),
  };
}

/** The four factors of each direction side by side; a gap is a factor nobody has said anything about. */
function factorChart(rows) {
  const factors = ["scenarios", "capability", "talent", "mechanisms"];
  return {
    grid: { left: 110, right: 20, top: 34, bottom: 26 }, legend: { top: 4, textStyle: { color: css("--ink") } }, color: palette(),
    tooltip: tooltip((p) => `${rows[p.dataIndex].name} · ${p.seriesName}: ${percent(p.value)}`),
    xAxis: { type: "value", min: 0, max: 1, ...axisStyle(), axisLabel: { formatter: (x) => Math.round(x * 100) + "%", color: css("--soft") } },
    yAxis: { type: "category", inverse: true, data: rows.map((r) => r.name), ...axisStyle() },
    series: factors.map((f) => ({ name: w(`factor-${f}`), type: "bar", data: rows.map((r) => r[f]) })),
  };
}
