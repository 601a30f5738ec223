// What pages do beyond plain HTML. Everything here only makes quicker what works without it.
"use strict";

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Menus close on a click elsewhere and on Escape.
  const closeMenus = (but) => all("details.menu[open]").forEach((menu) => { if (menu !== but) menu.open = false; });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // Facets begin closed where they would push what they filter off the screen.
  if (matchMedia("(max-width: 56rem)").matches) all("details.fold[open]").forEach((fold) => { fold.open = false; });

  // Toasts: what htmx could not do, with the number of the request to tell the administrator.
  function toast(text, kind = "error") {
    const place = document.getElementById("toasts");
    const box = document.createElement("div");
    box.className = `toast notice ${kind}`;
    const said = document.createElement("p");
    said.textContent = text;
    const close = document.createElement("button");
    close.className = "small";
    close.textContent = place.dataset.close;
    close.addEventListener("click", () => box.remove());
    box.append(said, close);
    place.append(box);
  }
  document.addEventListener("htmx:responseError", (event) => {
    const words = document.getElementById("toasts").dataset;
    const number = event.detail.xhr.getResponseHeader("X-Request-Id");
    toast(number ? `${words.failed} ${words.number}${number}` : words.failed);
  });
  document.addEventListener("htmx:sendError", () => toast(document.getElementById("toasts").dataset.offline));

  // A button with data-confirm asks first.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || button.dataset.sure) return;
    event.preventDefault();
    event.stopPropagation();
    const dialog = document.getElementById("confirm");
    document.getElementById("confirm-question").textContent = button.dataset.confirm;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return button.focus();
      button.dataset.sure = "yes";
      button.click();
      delete button.dataset.sure;
    };
    dialog.showModal();
  }, true);

  // A table keeps its place when the page is left and visited again.
  const key = (box) => `scroll:${location.pathname}:${box.id}`;
  addEventListener("pagehide", () => all(".scroll[id]").forEach((box) =>
    sessionStorage.setItem(key(box), `${box.scrollLeft} ${box.scrollTop}`)));
  all(".scroll[id]").forEach((box) => box.scrollTo(...(sessionStorage.getItem(key(box)) || "0 0").split(" ").map(Number)));

  // Charts: the option stands in a JSON script; colours come from the page, so that a chart is at home day and night.
  function draw(place) {
    const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const lines = { axisLine: { lineStyle: { color: colour("--edge") } }, splitLine: { lineStyle: { color: colour("--line") } },
                    axisLabel: { color: colour("--quiet") } };
    const theme = { backgroundColor: "transparent", textStyle: { color: colour("--ink"), fontFamily: colour("--sans") },
                    color: ["--accent", "--warn", "--good", "--bad", "--mute"].map(colour),
                    legend: { textStyle: { color: colour("--ink") } }, categoryAxis: lines, valueAxis: lines };
    const chart = echarts.init(place, theme, { renderer: "svg" });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const grid = { top: 24, left: 8, right: 16, bottom: 40, containLabel: true };
    chart.setOption({ grid, ...option, animation: !still, aria: { enabled: true, ...option.aria } });
    new ResizeObserver(() => chart.resize()).observe(place);
  }
  const drawAll = (root) => { if (window.echarts) all("[data-chart]", root).forEach(draw); };
  drawAll(document);
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.target));
})();
