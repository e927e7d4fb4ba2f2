/* What would it take? Answers of calculator.json to a reader's question, as computational_limits.calculator gives
   them: the same arithmetic, the same sentences, the same digits. All text goes through textContent, never through
   markup. */
(() => {
  "use strict";
  const { theme, embed, onNewLook, inAddress, save, superscript } = window.explorerParts;
  const number = (value) => (value === "inf" ? Infinity : value === "-inf" ? -Infinity : value);
  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /* ---- Where a law reaches a target: twins of StraightCrossing.reach and TabulatedCrossing.reach ---- */
  const RESPONSES = { polynomial: (error) => -Math.log10(error), exponential: (error) => 1 / error };

  function straight(law, error) {
    const { t, slope, centre_x: x } = law;
    const rise = RESPONSES[law.form](error) - law.centre_y;
    const variances = [law.var_centre, law.var_centre + law.var_residual];
    if (law.turned) {
      const estimate = x + rise * slope;
      const halves = variances.map((variance) => t * Math.sqrt(variance + rise * rise * law.var_slope));
      return [estimate, ...halves.map((half) => [estimate - half, estimate + half])];
    }
    const run = slope === 0 ? Infinity : rise / slope;
    const ratios = variances.map((variance) => ratioInterval(rise, variance, slope, law.var_slope, t));
    return [x + run, ...ratios.map(([low, high]) => [x + low, x + high])];
  }

  function ratioInterval(rise, varRise, slope, varSlope, t) {
    const a = slope * slope - t * t * varSlope;
    const discriminant = t * t * (varSlope * rise * rise + varRise * a);
    const ratio = slope === 0 ? Infinity : rise / slope;
    if (a > 0) {
      const [middle, half] = [(rise * slope) / a, Math.sqrt(discriminant) / a];
      return [Math.min(middle - half, ratio), Math.max(middle + half, ratio)];
    }
    if (a === 0 || discriminant < 0) return [-Infinity, Infinity];
    const roots = [-1, 1].map((sign) => (rise * slope + sign * Math.sqrt(discriminant)) / a);
    const [low, high] = [Math.min(...roots), Math.max(...roots)];
    return ratio >= high ? [high, Infinity] : [-Infinity, low];
  }

  function tabulated(law, error) {
    const last = law.errors.length - 1;
    const reached = law.errors.findIndex((known) => known <= error);
    const place = Math.min(Math.max(reached, 1), last);
    const [before, after] = [Math.log10(law.errors[place - 1]), Math.log10(law.errors[place])];
    const share = (before - Math.log10(error)) / (before - after);
    const at = (name) => between(number(law[name][place - 1]), number(law[name][place]), share);
    return [
      at("estimates"),
      [at("confidence_low"), at("confidence_high")],
      [at("prediction_low"), at("prediction_high")],
    ];
  }

  function between(first, second, share) {
    if (share === 0 || share === 1 || first === second) return share === 1 ? second : first;
    if (!Number.isFinite(first) || !Number.isFinite(second)) return Number.isFinite(first) ? second : first;
    return first + share * (second - first);
  }

  function reach(law, error) {
    const [estimate, confidence, prediction] = (law.kind === "straight" ? straight : tabulated)(law, error);
    return { estimate, confidence, prediction };
  }

  /* ---- Costs: the low cost at low ends, the high cost at high ends ---- */
  const move = ({ estimate, confidence, prediction }, { low, mid, high }) => ({
    estimate: estimate - mid,
    confidence: [confidence[0] - low, confidence[1] - high],
    prediction: [prediction[0] - low, prediction[1] - high],
  });
  const same = (value) => ({ low: value, mid: value, high: value });

  function amounts(found, costs, question, kgPerLb) {
    let perUsd = costs.usd;
    if (question.usd_per_device_hour !== null) {
      perUsd = same(Math.log10((costs.gflop_per_s * 3600) / question.usd_per_device_hour));
    }
    if (question.gflop_per_usd !== null) perUsd = same(Math.log10(question.gflop_per_usd));
    const lbPerKwh = question.kg_co2_per_kwh === null ? costs.lb_co2_per_kwh : same(question.kg_co2_per_kwh / kgPerLb);
    const perLb = {};
    for (const end of ["low", "mid", "high"]) perLb[end] = costs.kwh[end] - Math.log10(lbPerKwh[end]);
    const lb = move(found, perLb);
    return {
      computing: found,
      usd: move(found, perUsd),
      kwh: move(found, costs.kwh),
      kg_co2: move(lb, same(-Math.log10(kgPerLb))),
      lb_co2: lb,
    };
  }

  /* ---- Numbers as they are printed ---- */
  const digits = (value, count) =>
    Number(value.toPrecision(count)).toLocaleString("en-US", { maximumSignificantDigits: 17 });

  function texts(held) {
    const decimals = (value) => value.toFixed(held.decimals);
    const percent = (fraction) => `${digits(100 * fraction, held.percentDigits)}\u00a0%`;
    function amount(log10) {
      if (held.plain[0] <= log10 && log10 < held.plain[1]) return digits(10 ** log10, held.digits);
      if (Math.abs(log10) > held.most) return log10 > 0 ? "without bound" : "none";
      return `10^${decimals(log10)}`;
    }
    function given(value) {
      const log10 = Math.log10(value);
      return held.plain[0] <= log10 && log10 < held.plain[1] ? digits(value, held.givenDigits) : amount(log10);
    }
    function interval([low, high]) {
      if (Number.isFinite(low) && Number.isFinite(high)) return `${amount(low)} to ${amount(high)}`;
      if (Number.isFinite(low)) return `at least ${amount(low)}, with no upper bound`;
      if (Number.isFinite(high)) return `at most ${amount(high)}, with no lower bound`;
      return "any value: no bound on either side";
    }
    return { decimals, percent, amount, given, interval };
  }

  /* ---- The answer: rows of texts and sentences, or the sentence that says why there is none ---- */
  function answerTo(held, law, costs, question) {
    const { calculator, sentences } = held;
    const { decimals, percent, amount, given, interval } = texts(held);
    const say = (key, values) => fill(sentences[key], values);
    if (!law) return { words: [say("no law", question)] };
    if (law.kind === "tabulated") {
      const [most, least] = [law.errors[0], law.errors[law.errors.length - 1]];
      if (question.error < least || question.error > most) {
        return { words: [say("outside", { least: percent(least), most: percent(most) })] };
      }
    }
    const found = reach(law, question.error);
    const values = { ...question, error: percent(question.error), level: percent(calculator.level) };
    if (found.estimate === Infinity) {
      const floor = law.floor ?? null;
      if (floor !== null) values.floor = percent(floor);
      const words = [say(floor === null ? "never" : question.error <= floor ? "below floor" : "at floor", values)];
      if (Number.isFinite(found.confidence[0])) {
        words.push(say("not excluded", { computing: amount(found.confidence[0]) }));
      }
      return { words: [words.join(" ")], found };
    }
    const beyond = found.estimate - law.x_high;
    Object.assign(values, {
      computing: amount(found.estimate), largest: amount(law.x_high), decades: decimals(Math.max(0, beyond)),
      best: percent(law.best_error), title: costs.title,
    });
    const keys = ["reached", beyond > 0 ? "beyond" : "within"];
    if (question.error >= law.best_error) keys.push("met");
    if (law.kind === "straight" && law.slope <= 0) keys.push("rising");
    values.kind = found.confidence.every(Number.isFinite) ? "prediction" : "confidence";
    const [low, high] = found[values.kind];
    const [openLow, openHigh] = [low === -Infinity, high === Infinity];
    if (openLow || openHigh) keys.push(openLow && openHigh ? "no end" : openHigh ? "no upper end" : "no lower end");
    keys.push("costs");
    for (const [name, unit] of Object.entries(held.priceUnits)) {
      if (question[name] === null) continue;
      Object.assign(values, { price: given(question[name]), unit });
      keys.push("own price");
    }
    if (question.kg_co2_per_kwh !== null) {
      values.carbon = given(question.kg_co2_per_kwh);
      keys.push("own carbon");
    }
    const rows = Object.entries(amounts(found, costs, question, held.kgPerLb)).map(([name, cost]) =>
      [...held.quantities[name], amount(cost.estimate), ...held.intervals.map((kind) => interval(cost[kind]))]);
    return { found, rows, words: keys.map((key) => say(key, values)) };
  }

  /* ---- The equal command ---- */
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`);

  function commandFor(question, options, defaults) {
    const given = Object.entries(options).filter(([name]) =>
      question[name] !== null && !(name in defaults && question[name] === defaults[name]));
    return ["complimits project", ...given.map(([name, option]) => `${option} ${quoted(String(question[name]))}`)]
      .join(" ");
  }

  /* ---- Texts on the page: powers of ten raised, their circumflex kept for copying and reading aloud ---- */
  function put(place, text) {
    const parts = text.split(/10\^(-?\d+(?:\.\d+)?)/);
    place.replaceChildren(...parts.flatMap((part, index) => {
      if (index % 2 === 0) return part;
      const [caret, raised] = [document.createElement("span"), document.createElement("sup")];
      caret.className = "calculator-caret";
      caret.textContent = "^";
      raised.textContent = part;
      return ["10", caret, raised];
    }));
    return place;
  }

  /* ---- The curve ---- */
  const STEPS = 120;
  const SHARES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90];

  function drawing(spec, law, models, error, found, narrow) {
    const reached = Number.isFinite(found.estimate);
    const right = reached ? Math.max(found.estimate, law.x_high) : law.x_high;
    const span = Math.max(right - law.x_low, 2);
    const wide = Math.min(found.prediction[1], right + 0.6 * span);
    const [low, high] = [law.x_low - 0.06 * span, Math.max(right, wide) + 0.06 * span];
    const shown = models.map(([x, y]) => ({ x, y: 100 * y }));
    const errors = [...models.map((model) => model[1]), error];
    const [least, most] = [Math.min(...errors) * 0.8, Math.min(Math.max(...errors) * 1.1, 0.999)];
    const inside = (x) => Math.min(Math.max(x, low - span), high + span);
    const band = [];
    const line = [];
    for (let step = 0; step <= STEPS; step += 1) {
      const y = most * (least / most) ** (step / STEPS);
      if (law.kind === "tabulated" && (y > law.errors[0] || y < law.errors[law.errors.length - 1])) continue;
      const at = reach(law, y);
      band.push({ y: 100 * y, x: inside(at.confidence[0]), x2: inside(at.confidence[1]) });
      if (at.estimate > low - span && at.estimate < high + span) line.push({ y: 100 * y, x: at.estimate });
    }
    line.sort((one, other) => one.x - other.x);
    const drawn = structuredClone(spec);
    if (theme().dark) drawn.params.find((param) => param.name === "colour").value = spec.usermeta.darkColour;
    const [first, last] = [Math.ceil(low), Math.floor(high)];
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((size) => (last - first) / size <= (narrow ? 5 : 9))
      ?? 10 ** Math.ceil(Math.log10((last - first) / 9));
    const powers = [];
    for (let power = Math.ceil(first / step) * step; power <= last; power += step) powers.push(power);
    const labels = Object.fromEntries(powers.map((power) => [power, `10${superscript(String(power))}`]));
    const { x, y } = drawn.encoding;
    x.scale = { ...x.scale, domain: [low, high] };
    Object.assign(x.axis, { values: powers, labelExpr: `(${JSON.stringify(labels)})[datum.value]` });
    y.scale = { ...y.scale, domain: [100 * least, 100 * most] };
    y.axis.values = SHARES.filter((share) => share >= 100 * least && share <= 100 * most);
    const cut = (value) => Math.min(Math.max(value, low), high);
    const target = reached ? [{ x: found.estimate, y: 100 * error }] : [];
    const bars = reached ? [[found.prediction, 1.5], [found.confidence, 5]] : [];
    const ranges = bars.map(([[from, to], width]) => ({ width, y: 100 * error, x: cut(from), x2: cut(to) }));
    const arrows = bars.flatMap(([[from, to]]) => [
      ...(from < low ? [{ y: 100 * error, x: low, angle: 270 }] : []),
      ...(to > high ? [{ y: 100 * error, x: high, angle: 90 }] : []),
    ]);
    drawn.datasets = {
      models: shown, line, band, target, ranges, arrows,
      sought: [{ y: 100 * error }],
      edge: [{ x: law.x_high, x2: high }],
    };
    return drawn;
  }

  /* ---- Together ---- */
  function start(root) {
    const find = (selector) => root.querySelector(selector);
    const page = JSON.parse(find(".calculator-held").textContent);
    const { calculator } = page;
    const form = find("form");
    const controls = form.elements;
    const names = ["benchmark", "vintage", "form", "direction", "costs", "error", "price", "unit", "carbon"];
    const address = inAddress(Object.fromEntries(names.map((name) => [`${root.id}-${name}`, controls[name]])));
    const chart = find(".calculator-chart");
    const status = find(".calculator-status");
    const command = find(".calculator-command");
    const LAW = ["benchmark", "vintage", "form", "direction"];
    let view = null;

    /* A percentage as the fraction that a program reads from the same digits. */
    const fraction = (text) => (/^[\d.]+$/.test(text) ? Number(`${text}e-2`) : Number(text) / 100);
    const optional = (control) => (control.value === "" && !control.validity.badInput ? null : control.valueAsNumber);

    function question() {
      const price = optional(controls.price);
      return {
        ...Object.fromEntries([...LAW, "costs"].map((name) => [name, controls[name].value])),
        error: fraction(controls.error.value || "x"),
        ...Object.fromEntries(Object.keys(page.priceUnits)
          .map((name) => [name, name === controls.unit.value ? price : null])),
        kg_co2_per_kwh: optional(controls.carbon),
      };
    }

    /* What is wrong with the numbers, in the words beside each field. */
    function check(asked) {
      const faults = {
        error: !(asked.error > 0 && asked.error < 1),
        price: [asked.usd_per_device_hour, asked.gflop_per_usd].some((price) => price !== null && !isPositive(price)),
        carbon: asked.kg_co2_per_kwh !== null && !isPositive(asked.kg_co2_per_kwh),
      };
      for (const [name, wrong] of Object.entries(faults)) {
        controls[name].setAttribute("aria-invalid", String(wrong));
        find(`#${root.id}-${name}-fault`).textContent = wrong ? page.faults[name] : "";
      }
      return Object.keys(faults).filter((name) => faults[name]).map((name) => page.faults[name]);
    }
    const isPositive = (value) => value > 0 && value < Infinity;

    /* Lists grey out what was not fitted to the choices before them; the law of all choices, if there is one. */
    function grey(asked) {
      let laws = calculator.laws;
      for (const name of LAW) {
        const fitted = new Set(laws.map((law) => law[name]));
        for (const option of controls[name].options) {
          option.disabled = laws.length > 0 && !fitted.has(option.value);
          option.textContent = option.dataset.words + (option.disabled ? " (not fitted)" : "");
        }
        laws = laws.filter((law) => law[name] === asked[name]);
      }
      return laws[0];
    }

    function show({ rows, words }) {
      const body = find("tbody");
      body.replaceChildren(...(rows ?? []).map(([name, unit, ...cells]) => {
        const row = document.createElement("tr");
        const head = document.createElement("th");
        head.scope = "row";
        row.role = "row"; // a phone lays the table out as blocks, which would take its roles away
        head.role = "rowheader";
        head.textContent = `${name} (${unit})`;
        row.append(head, ...cells.map((text, place) => {
          const cell = put(document.createElement("td"), text);
          cell.dataset.heading = page.headings[place];
          cell.role = "cell";
          return cell;
        }));
        return row;
      }));
      find("table").hidden = !rows;
      put(status, words[0]);
      find(".calculator-words").replaceChildren(...words.slice(1).map((text) => put(document.createElement("p"), text)));
    }

    async function draw(law, asked, answer) {
      chart.hidden = !answer.found;
      find(".calculator-legend").hidden = !answer.found;
      if (!answer.found) return;
      const models = calculator.models[law.models];
      const narrow = chart.clientWidth < 500;
      const made = await embed(chart, drawing(page.spec, law, models, asked.error, answer.found, narrow));
      if (view) view.finalize();
      view = made;
      chart.setAttribute("aria-label", `${page.title}: ${LAW.map((name) => asked[name]).join(", ")}. ${answer.words[0]}`);
    }

    /* One drawing at a time, the latest choice next. */
    let turn = 0;
    let drawn = Promise.resolve();
    function update() {
      const mine = (turn += 1);
      const asked = question();
      const faults = check(asked);
      const law = grey(asked);
      const costs = calculator.costs.find((edition) => edition.edition === asked.costs);
      if (!Number.isNaN(asked.error)) controls.scale.value = Math.log10(100 * asked.error);
      controls.scale.setAttribute("aria-valuetext", `${controls.error.value} %`);
      const answer = faults.length ? { words: [faults.join(" ")] } : answerTo(page, law, costs, asked);
      show(answer);
      command.textContent = faults.length ? "" : commandFor(asked, page.options, page.defaults);
      find(".calculator-same").hidden = faults.length > 0;
      drawn = drawn.then(async () => {
        if (mine !== turn) return;
        await draw(law, asked, answer);
        root.dataset.shown = JSON.stringify(asked);
      });
    }

    async function copy(text, button) {
      const words = button.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Copying is not allowed here";
      }
      setTimeout(() => { button.textContent = words; }, 2000);
    }

    for (const name of LAW) for (const option of controls[name].options) option.dataset.words = option.textContent;
    root.dataset.live = "";
    if (address.take()) root.scrollIntoView();
    controls.scale.addEventListener("input", () => {
      controls.error.value = Number((10 ** controls.scale.valueAsNumber).toPrecision(2));
    });
    const change = () => {
      address.keep();
      update();
    };
    form.addEventListener("input", change);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(change));
    controls.svg.addEventListener("click", async () => {
      if (view) save(await view.toSVG(), "image/svg+xml", `${root.id}.svg`);
    });
    controls.link.addEventListener("click", () => copy(location.href, controls.link));
    find("button[name=command]").addEventListener("click", (event) => copy(command.textContent, event.target));
    window.addEventListener("hashchange", () => address.take() && update());
    onNewLook(chart, update);
    update();
  }

  for (const root of document.querySelectorAll(".calculator")) start(root);
})();
