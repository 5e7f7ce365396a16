/* Charts of the tables below them: what a cell says in data-value, data-low and data-high is drawn, and nothing else. A
   point leads where the link of its cell leads, or the first one of its row. The table is there for who sees no chart, or has no script. */
"use strict";

const SHAPES = ["circle", "rect", "triangle"];
const TONES = [0.25, 0.45, 0.7, 1]; /* of ink, from the least to the most */
const CHARACTER = 6; /* pixels that one takes on an axis, about */

const number = (text) => (text === undefined ? NaN : Number(text));
const leads = (cell, otherwise) => cell.querySelector("a")?.href ?? otherwise;
const words = (element) => element.textContent.trim().replace(/\s+/g, " ");

/** The table of a figure: its series, from the head, and a point for each row that is one. */
function read(figure) {
  const table = document.getElementById(figure.dataset.table);
  if (!table) return { series: [], points: [] };
  const wanted = figure.dataset.draws?.split(",");
  const series = [...table.querySelectorAll("thead [data-series]")]
    .map((head) => ({ key: head.dataset.series, name: head.textContent.trim() }))
    .filter(({ key }) => !wanted || wanted.includes(key));
  const points = [...table.querySelectorAll("tr[data-point]")].map((row) => ({
    label: row.querySelector("th").textContent.trim(),
    x: number(row.dataset.x),
    href: row.querySelector("a")?.href,
    cells: Object.fromEntries([...row.querySelectorAll("td[data-series]")].map((cell) => [cell.dataset.series, cell])),
  }));
  return { series, points };
}

/** A value with its interval as a line with caps, upright or lying; series stand side by side. */
function interval(place, of, shape, colours, lies = false) {
  return (_params, api) => {
    const [at, value, low, high] = [0, 1, 2, 3].map((dimension) => api.value(dimension));
    if (Number.isNaN(value)) return null;
    const room = lies ? api.size([0, 1])[1] : api.size([1, 0])[0];
    const shift = (place - (of - 1) / 2) * Math.min(14, room / (of + 1));
    const [dx, dy] = lies ? [0, shift] : [shift, 0];
    const point = (figure) => api.coord(lies ? [figure, at] : [at, figure]).map((one, axis) => one + [dx, dy][axis]);
    const [x, y] = point(value);
    const parts = [];
    if (!Number.isNaN(low)) {
      const [start, end] = [point(low), point(high)];
      const cap = (x, y) => (lies ? [x, y - 3, x, y + 3] : [x - 3, y, x + 3, y]);
      const style = { stroke: colours.ink, lineWidth: 1.5 };
      for (const [x1, y1, x2, y2] of [[...start, ...end], cap(...start), cap(...end)])
        parts.push({ type: "line", shape: { x1, y1, x2, y2 }, style });
    }
    const style = { fill: place ? colours.sheet : colours.ink, stroke: colours.ink, lineWidth: 1.5 };
    if (shape === "circle") parts.push({ type: "circle", shape: { cx: x, cy: y, r: 4.5 }, style });
    else if (shape === "rect") parts.push({ type: "rect", shape: { x: x - 4, y: y - 4, width: 8, height: 8 }, style });
    else parts.push({ type: "polygon", shape: { points: [[x, y - 5], [x + 5, y + 4], [x - 5, y + 4]] }, style });
    return { type: "group", children: parts };
  };
}

/** Side by side, or where a row says it in data-x; with the line on which x and y are the same, if the figure names it. */
function intervals({ series, points }, colours, { diagonal }, area) {
  const measured = points.length > 0 && !Number.isNaN(points[0].x);
  const lows = points.flatMap(({ cells }) => series.map(({ key }) => number(cells[key].dataset.low ?? cells[key].dataset.value)));
  const most = Math.max(10, area.clientWidth / points.length / CHARACTER - 4);
  const axisLabel = { interval: most > 10 ? 0 : "auto", formatter: (label) => shortened(label, most) };
  const across = measured ? { type: "value", min: 0.5, max: 1 } : { type: "category", data: points.map(({ label }) => label), axisLabel };
  const same = { type: "line", name: diagonal, silent: true, symbol: "none", itemStyle: { color: colours.quiet }, lineStyle: { type: "dashed", color: colours.quiet, width: 1 }, data: [[0.5, 0.5], [1, 1]] };
  const value = { type: "value", max: 1, min: Math.min(0, ...lows.filter((low) => !Number.isNaN(low)).map((low) => Math.floor(low * 5) / 5)) };
  return {
    xAxis: axis(across, colours),
    yAxis: axis(value, colours),
    series: series.map(({ key, name }, place) => ({
      type: "custom",
      name,
      itemStyle: { color: place ? colours.sheet : colours.ink, borderColor: colours.ink, borderWidth: 1.5 },
      renderItem: interval(place, series.length, SHAPES[place % SHAPES.length], colours),
      encode: { x: 0, y: [1, 2, 3] },
      data: points.map(({ label, x, href, cells }, at) => ({
        value: [measured ? x : at, ...["value", "low", "high"].map((one) => number(cells[key].dataset[one]))],
        said: `${label}\n${name}: ${words(cells[key])}`,
        href: leads(cells[key], href),
      })),
    })).concat(diagonal ? [same] : []),
    icons: diagonal ? [...SHAPES.slice(0, series.length), "rect"] : SHAPES,
  };
}

/** A line for each point, under each other, and each below its name, which may take all of the width: a forest plot. */
function forest({ series, points }, colours, _names, area) {
  const above = { inside: true, margin: 0, align: "left", verticalAlign: "bottom", padding: [0, 0, 8, 4], interval: 0 };
  const name = { ...above, formatter: (label) => shortened(label, (area.clientWidth - 24) / CHARACTER), color: colours.ink };
  return {
    height: 60 + 46 * points.length,
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    xAxis: axis({ type: "value", min: 0, max: 1 }, colours),
    yAxis: { ...axis({ type: "category", inverse: true, data: points.map(({ label }) => label), axisLabel: name }, colours), z: 3 },
    series: series.map(({ key, name }, place) => ({
      type: "custom",
      name,
      renderItem: interval(place, series.length, SHAPES[place % SHAPES.length], colours, true),
      encode: { x: [1, 2, 3], y: 0 },
      data: points.map(({ label, href, cells }, at) => ({
        value: [at, ...["value", "low", "high"].map((one) => number(cells[key].dataset[one]))],
        said: `${label}\n${name}: ${words(cells[key])}`,
        href,
      })),
    })),
    icons: SHAPES,
  };
}

/** Names of one family often begin alike: what is too long loses its middle. */
function shortened(name, most) {
  const letters = [...name];
  const half = Math.max(2, Math.floor((most - 1) / 2));
  return letters.length > 2 * half + 1 ? `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}` : name;
}

/** Values by the number that each row has in data-x, joined by a line. */
function lines({ series, points }, colours) {
  return {
    xAxis: axis({ type: "value", min: "dataMin", max: "dataMax" }, colours),
    yAxis: axis({ type: "value", scale: true }, colours),
    series: series.map(({ key, name }, place) => ({
      type: "line",
      name,
      symbol: SHAPES[place % SHAPES.length],
      symbolSize: points.length > 60 ? 3 : 7,
      itemStyle: { color: place ? colours.sheet : colours.ink, borderColor: colours.ink, borderWidth: 1.5 },
      lineStyle: { color: colours.ink, width: 1.5, type: place ? "dashed" : "solid" },
      data: points
        .filter(({ cells }) => cells[key].dataset.value !== undefined)
        .map(({ label, x, href, cells }) => ({
          value: [x, number(cells[key].dataset.value)],
          said: `${label}\n${name}: ${words(cells[key])}`,
          href,
        })),
    })),
    icons: SHAPES,
  };
}

/** A bar for each point, as high as its number. */
function bars({ series, points }, colours) {
  return {
    xAxis: axis({ type: "category", data: points.map(({ label }) => label) }, colours),
    yAxis: axis({ type: "value" }, colours),
    series: series.map(({ key, name }) => ({
      type: "bar",
      name,
      barCategoryGap: "8%",
      itemStyle: { color: colours.ink },
      data: points.map(({ label, href, cells }) => ({
        value: number(cells[key].dataset.value),
        said: `${label}\n${name}: ${words(cells[key])}`,
        href,
      })),
    })),
    icons: ["rect"],
  };
}

/** A bar for each point, whose parts are its shares. */
function shares({ series, points }, colours) {
  const percent = { formatter: (share) => `${Math.round(100 * share)} %` };
  return {
    height: 90 + 34 * points.length,
    xAxis: axis({ type: "value", max: 1, axisLabel: percent }, colours),
    yAxis: axis({ type: "category", inverse: true, data: points.map(({ label }) => label) }, colours),
    series: series.map(({ key, name }, place) => ({
      type: "bar",
      name,
      stack: "all",
      barMaxWidth: 22,
      itemStyle: { color: colours.ink, opacity: TONES[place % TONES.length], borderColor: colours.sheet, borderWidth: 1 },
      data: points.map(({ label, href, cells }) => ({
        value: number(cells[key].dataset.value),
        said: `${label}\n${name}: ${words(cells[key])}`,
        href: leads(cells[key], href),
      })),
    })),
    icons: ["rect"],
  };
}

/** A square for each cell of a table, the darker the lower its figure; it leads where the link in its cell leads. */
function heat({ series, points }, colours, _names, area) {
  const data = points.flatMap(({ label, cells }, row) =>
    series.flatMap(({ key, name }, column) => {
      const cell = cells[key];
      if (cell?.dataset.value === undefined) return [];
      const said = `${label}, ${name}\n${words(cell)}`;
      return [{ value: [column, row, number(cell.dataset.value)], said, href: cell.querySelector("a")?.href }];
    }),
  );
  const low = Math.min(0, ...data.map(({ value }) => value[2]));
  const formatter = (label) => shortened(label, Math.min(24, area.clientWidth / 4 / CHARACTER));
  const above = Math.max(...series.map(({ name }) => formatter(name).length)) * CHARACTER;
  const upright = { rotate: 60, interval: 0, hideOverlap: false, formatter };
  return {
    height: 80 + above + 26 * points.length,
    xAxis: axis({ type: "category", data: series.map(({ name }) => name), position: "top", axisLabel: upright }, colours),
    yAxis: axis({ type: "category", inverse: true, data: points.map(({ label }) => label), axisLabel: { formatter } }, colours),
    grid: { left: 8, right: 16, top: 8, bottom: 44, containLabel: true },
    visualMap: {
      min: low,
      max: 1,
      precision: 2,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      text: ["1", low.toFixed(2)],
      itemHeight: 160,
      textStyle: { color: colours.ink, fontFamily: colours.font },
      inRange: { color: [colours.ink, colours.line] },
    },
    series: [{ type: "heatmap", data, itemStyle: { borderColor: colours.sheet, borderWidth: 2 } }],
    icons: ["rect"],
  };
}

const BEGUN = new WeakSet();
const CHARTS = { intervals, forest, lines, bars, shares, heat };

function axis(terms, colours) {
  const line = { lineStyle: { color: colours.line } };
  return {
    ...terms,
    axisLabel: { color: colours.quiet, fontFamily: colours.font, hideOverlap: true, ...terms.axisLabel },
    axisLine: { ...line, show: terms.type === "category" },
    axisTick: { show: false },
    splitLine: { ...line, show: terms.type === "value" },
  };
}

function coloursOf(figure) {
  const { color, backgroundColor, borderTopColor, outlineColor, fontFamily } = getComputedStyle(figure);
  return { ink: color, sheet: backgroundColor, line: borderTopColor, quiet: outlineColor, font: fontFamily };
}

function draw(figure) {
  const area = figure.querySelector(".chart-area");
  const colours = coloursOf(figure);
  const found = read(figure);
  figure.hidden = found.points.length === 0;
  if (figure.hidden) return null;
  const { icons, height, ...options } = CHARTS[figure.dataset.chart](found, colours, figure.dataset, area);
  if (height) area.style.height = `${height}px`;
  const text = { color: colours.ink, fontFamily: colours.font };
  const chart = echarts.getInstanceByDom(area) ?? echarts.init(area, null, { renderer: "canvas" });
  chart.setOption(
    {
      ...options,
      animation: false,
      textStyle: { fontFamily: colours.font },
      grid: options.grid ?? { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
      legend: {
        show: options.series.length > 1,
        left: 0,
        width: "80%", /* the rest is for what saves the picture */
        top: 0,
        type: "scroll",
        itemWidth: 11,
        itemHeight: 11,
        itemGap: 18,
        textStyle: text,
        inactiveColor: colours.line,
        data: options.series.map(({ name }, place) => ({ name, icon: icons[place % icons.length] })),
      },
      toolbox: {
        right: 0,
        top: -2,
        showTitle: false,
        iconStyle: { borderColor: colours.quiet },
        feature: { saveAsImage: { name: figure.dataset.table, backgroundColor: colours.sheet, pixelRatio: 2 } },
      },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: colours.sheet,
        borderColor: colours.line,
        textStyle: text,
        formatter: ({ data }) => data.said,
      },
    },
    true,
  );
  return chart;
}

function begin(figure) {
  const chart = draw(figure);
  if (!chart) return;
  BEGUN.add(figure);
  chart.on("click", ({ data }) => data?.href && location.assign(data.href));
  new ResizeObserver(() => chart.resize()).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(figure));
}

document.querySelectorAll("[data-chart]").forEach(begin);
document.addEventListener("htmx:after:swap", () => {
  for (const figure of document.querySelectorAll("[data-chart]")) (BEGUN.has(figure) ? draw : begin)(figure);
});
