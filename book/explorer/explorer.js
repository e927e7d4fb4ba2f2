/* Records to choose from: one choice, held in the form and in the address, shown by a chart (Vega-Lite)
   and a table (DataTables). All text from data goes through textContent, never through markup. */
(async () => {
  "use strict";
  const root = document.getElementById("explorer");
  if (!root) return;
  const { theme, embed, onNewLook, inAddress, save, superscript } = window.explorerParts;
  const find = (selector) => root.querySelector(selector);
  const read = (name) => JSON.parse(find(`.explorer-${name}`).textContent);
  const data = read("data");
  const spec = read("spec");
  const form = find("form");
  const status = find(".explorer-status");
  const details = find(".explorer-details");
  const chartPlace = find(".explorer-chart");
  const CHOICES = ["benchmark", "vintage", "y", "x", "find"];
  const address = inAddress(Object.fromEntries(CHOICES.map((name) => [name, form.elements[name]])));
  const PERCENT_STEPS = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100];
  const ROWS = 10;

  /* ---- Data: one object a record, with the values of the chosen vintage ---- */
  const valueKeys = Object.keys(data.columns);
  const vintages = Object.fromEntries(Object.entries(data.values).map(([vintage, values]) => [
    vintage,
    values.row.map((row, place) => {
      const record = { vintage };
      for (const [key, column] of Object.entries(data.models)) record[key] = column[row];
      for (const key of valueKeys) record[key] = values[key][place];
      record.title = data.papers.title[record.paper];
      record.link = data.papers.link[record.paper];
      record.name = data.benchmarks[record.benchmark].name;
      record.benchmark = data.benchmarks[record.benchmark].id;
      record.words = [record.model, record.title, record.hardware].join(" ").toLowerCase();
      return record;
    }),
  ]));

  const plain = (value) => String(Number(value.toPrecision(3)));

  /* A value of an axis in words: 11.6 %, 37 GFLOP, 1.65 × 10¹² GFLOP; empty where there is none. */
  function words(key, value, withUnit = true) {
    if (value === null || value === undefined) return "";
    const axis = data.axes[key];
    if (key === "year") return String(value);
    if (axis.unit === "%") return `${plain(100 * value)}${withUnit ? "\u00a0%" : ""}`;
    const power = value > 0 ? Math.floor(Math.log10(Number(value.toPrecision(3)))) : 0;
    const factor = (value / 10 ** power).toFixed(2);
    const number = power >= 5 || power <= -4 ? `${factor} × 10${superscript(String(power))}` : plain(value);
    return withUnit ? `${number} ${axis.unit}` : number;
  }

  /* ---- The choice ---- */
  const choice = () => Object.fromEntries(CHOICES.map((name) => [name, form.elements[name].value]));

  function chosenRecords({ benchmark, vintage, find: sought }) {
    const needles = sought.toLowerCase().split(/\s+/).filter(Boolean);
    return vintages[vintage].filter((record) =>
      (benchmark === "all" || record.benchmark === benchmark)
      && needles.every((needle) => record.words.includes(needle)));
  }

  /* ---- Details of one record ---- */
  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function paperOf(record) {
    const title = record.title || record.link;
    if (!/^https?:\/\//.test(record.link)) return element("span", title);
    const link = element("a", title);
    link.href = record.link;
    link.rel = "noopener external";
    return link;
  }

  function showDetails(record) {
    const list = element("dl");
    const add = (term, value) => {
      if (!value) return;
      const item = element("dd");
      item.append(value);
      list.append(element("dt", term), item);
    };
    add("Paper", paperOf(record));
    add("Error", `${words("error", record.error)} (${record.metric} ${words("score", record.score)})`);
    for (const key of valueKeys.filter((key) => data.axes[key].unit !== "%")) {
      add(data.axes[key].title.replace(/ \(.*/, ""), words(key, record[key]));
    }
    add("Hardware", record.hardware);
    add("Time", record.time);
    add("Audit", record.cause);
    add("Remark", record.note);
    details.replaceChildren(element("p", `${record.model} (${record.year}), ${record.name}`, "explorer-name"), list);
  }

  /* ---- Chart ---- */
  let view = null;
  let picked = "";
  let pinned = false;

  function pick(record) {
    picked = record.id;
    showDetails(record);
    if (view) view.signal("picked", picked).run();
  }

  /* Scale and ticks of an axis, as in the figures of the book: powers of ten, or errors that fit the range. */
  function position(key, values) {
    const axis = data.axes[key];
    let low = values.reduce((a, b) => Math.min(a, b), Infinity);
    let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    if (!values.length) [low, high] = [1, 10];
    if (key === "year") {
      return { scale: { domain: [low - 0.5, high + 0.5], nice: false }, axis: { title: axis.title, format: "d", tickMinStep: 1 } };
    }
    if (axis.unit === "%") {
      const domain = axis.log ? [low / 1.08, Math.min(high * 1.08, 100)] : [Math.max(low - 2, 0), Math.min(high + 2, 100)];
      const inside = PERCENT_STEPS.filter((step) => step >= domain[0] && step <= domain[1]);
      const thinned = inside.filter((_, place) => place % Math.ceil(inside.length / 8) === 0);
      const ticks = axis.log && thinned.length >= 3 ? { values: thinned } : { tickCount: 6 };
      return {
        scale: { type: axis.log ? "log" : "linear", domain, nice: false, ...(axis.log ? {} : { zero: false }) },
        axis: { title: axis.title.replace(" (%)", ""), labelExpr: "format(datum.value, '~r') + '\u2009%'", ...ticks },
      };
    }
    const [first, last] = [Math.floor(Math.log10(low)), Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1)];
    const step = [1, 2, 5, 10].find((size) => (last - first) / size <= (chartPlace.clientWidth < 500 ? 6 : 10));
    const powers = [];
    for (let power = Math.ceil(first / step) * step; power <= last; power += step) powers.push(power);
    const labels = Object.fromEntries(powers.map((power) => [power, `10${superscript(String(power))}`]));
    return {
      scale: { type: "log", domain: [10 ** first, 10 ** last], nice: false },
      axis: {
        title: axis.title,
        values: powers.map((power) => 10 ** power),
        labelExpr: `(${JSON.stringify(labels)})[round(log(datum.value) / LN10)]`,
      },
    };
  }

  async function drawChart(now, records) {
    const inUnit = (key, value) => (data.axes[key].unit === "%" && value !== null ? 100 * value : value);
    const points = records
      .map((record) => ({
        id: record.id, model: record.model, name: record.name, year: record.year,
        hardware: record.hardware || "not given",
        x: inUnit(now.x, record[now.x]), y: inUnit(now.y, record[now.y]),
        xText: words(now.x, record[now.x]), yText: words(now.y, record[now.y]),
        record,
      }))
      .filter((point) => point.x !== null && point.y !== null);
    const { dark, ink } = theme();
    const across = [2, 3, 6][(chartPlace.clientWidth > 500) + (chartPlace.clientWidth > 760)];
    const drawn = structuredClone(spec);
    for (const side of ["x", "y"]) {
      const placed = position(now[side], points.map((point) => point[side]));
      const encoding = drawn.encoding[side];
      encoding.scale = placed.scale;
      Object.assign(encoding.axis, placed.axis);
    }
    const marks = drawn.layer[0].encoding;
    marks.tooltip.find((entry) => entry.field === "yText").title = data.axes[now.y].title.replace(/ \(.*/, "");
    marks.tooltip.find((entry) => entry.field === "xText").title = data.axes[now.x].title.replace(/ \(.*/, "");
    if (now.x === "year") marks.tooltip = marks.tooltip.filter((entry) => entry.field !== "xText");
    for (const channel of ["color", "shape"]) {
      if (now.benchmark === "all") marks[channel].legend.columns = across;
      else marks[channel].legend = null;
    }
    if (dark) marks.color.scale.range = spec.usermeta.darkColours;
    drawn.layer[1].mark.stroke = ink;
    drawn.params[0].value = picked;
    drawn.datasets = { records: points };
    const made = await embed(chartPlace, drawn);
    if (view) view.finalize();
    view = made;
    view.addEventListener("mouseover", (_, item) => {
      if (item?.datum?.record && !pinned) pick(item.datum.record);
    });
    view.addEventListener("click", (_, item) => {
      pinned = Boolean(item?.datum?.record);
      if (pinned) pick(item.datum.record);
    });
    return points.length;
  }

  /* ---- Table ---- */
  let table = null;
  const COLUMNS = [
    { title: "Model and paper", data: "model" },
    { title: "Benchmark", data: "name" },
    { title: "Year", data: "year" },
    { title: "y", data: null },
    { title: "x", data: null },
    { title: "Hardware", data: "hardware" },
    { title: "Audit", data: "cause" },
  ];

  async function makeTable() {
    const { default: DataTable } = await window.explorerTables;
    DataTable.ext.errMode = "throw";
    const asText = (text) => element("span", text);
    const modelAndPaper = (record) => {
      const cell = element("div");
      const button = element("button", record.model, "explorer-pick");
      button.type = "button";
      cell.append(button, element("br"), paperOf(record));
      return cell;
    };
    const number = (side) => (_, type, record) => {
      const key = form.elements[side].value;
      return type === "display" ? asText(words(key, record[key], false)) : record[key] ?? Infinity;
    };
    table = new DataTable(find(".explorer-table"), {
      data: [],
      columns: COLUMNS.map((column, place) => {
        if (column.title === "x" || column.title === "y") {
          return { ...column, type: "num", className: "explorer-number", render: number(column.title) };
        }
        const render = (value, type, record) =>
          (type !== "display" ? value : place === 0 ? modelAndPaper(record) : asText(String(value)));
        return { ...column, render };
      }),
      order: [[3, "asc"]],
      pageLength: ROWS,
      lengthMenu: [ROWS, 25, 100, { label: "all", value: -1 }],
      autoWidth: false,
      searching: false, // the box above the chart seeks in chart and table alike
      language: {
        emptyTable: "No record matches the choice.",
        info: "_START_ to _END_ of _TOTAL_ records",
        infoEmpty: "",
        lengthMenu: "_MENU_ records a page",
      },
      layout: { topStart: null, topEnd: null, bottomStart: "info", bottomEnd: "paging", bottom2Start: "pageLength", bottom2End: null },
    });
    const take = (event) => {
      const row = event.target.closest("tbody tr");
      const record = row && table.row(row).data();
      if (!record) return;
      pinned = true;
      pick(record);
    };
    table.table().body().addEventListener("focusin", take);
    table.table().body().addEventListener("click", take);
  }

  function fillTable(now, records) {
    const heading = (key) => data.axes[key].title;
    table.column(3).title(heading(now.y));
    table.column(4).title(heading(now.x));
    table.column(1).visible(now.benchmark === "all", false);
    table.column(4).visible(now.x !== "year", false);
    table.clear().rows.add(records).draw();
  }

  /* ---- Downloads ---- */
  const fileName = ({ benchmark, vintage }) => `records-${vintage}-${benchmark}`;

  function saveTable() {
    const now = choice();
    const texts = { model_id: "id", benchmark: "benchmark", vintage: "vintage", year: "year", model: "model",
      title: "title", link: "link", metric: "metric" };
    const numbers = Object.fromEntries(Object.entries(data.columns).map(([key, column]) => [column, key]));
    const columns = { ...texts, ...numbers, hardware: "hardware", time: "time", cause: "cause", note: "note" };
    const cell = (value) => {
      const text = value === null || value === undefined ? "" : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const rows = chosenRecords(now).map((record) => Object.values(columns).map((key) => cell(record[key])).join(","));
    save([Object.keys(columns).join(","), ...rows, ""].join("\n"), "text/csv;charset=utf-8", `${fileName(now)}.csv`);
  }

  async function saveChart() {
    if (view) save(await view.toSVG(), "image/svg+xml", `${fileName(choice())}.svg`);
  }

  /* ---- Together ---- */
  let turn = 0;

  async function update() {
    const mine = (turn += 1);
    const now = choice();
    const records = chosenRecords(now);
    if (!records.some((record) => record.id === picked)) [picked, pinned] = ["", false];
    address.keep();
    fillTable(now, records);
    const count = await drawChart(now, records);
    if (mine !== turn) return;
    const benchmark = form.elements.benchmark.selectedOptions[0].textContent;
    const noun = records.length === 1 ? "record" : "records";
    status.textContent = `${records.length} ${noun} chosen, ${count} in the chart: those that ${data.axes[now.x].says}.`;
    chartPlace.setAttribute("aria-label",
      `Scatter plot of ${count} records, ${benchmark}, vintage ${now.vintage}: `
      + `${data.axes[now.y].title} against ${data.axes[now.x].title}. The table below has the same records.`);
    root.dataset.points = count;
    root.dataset.rows = records.length;
  }

  /* One drawing at a time: a choice made meanwhile is drawn next. */
  let drawing = Promise.resolve();
  const ask = () => {
    drawing = drawing.then(update);
  };

  await makeTable();
  if (address.take()) root.scrollIntoView();
  let typing = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(ask, event.target.type === "search" ? 200 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(ask));
  form.elements.csv.addEventListener("click", saveTable);
  form.elements.svg.addEventListener("click", saveChart);
  window.addEventListener("hashchange", () => address.take() && ask());
  onNewLook(chartPlace, ask);
  ask();
})();
