// Draws each figure's Vega-Lite specification as SVG and wires its downloads. The page's
// policy forbids eval, so expressions go through Vega's interpreter.
(function () {
  "use strict";

  function save(name, url) {
    const link = document.createElement("a");
    link.download = name;
    link.href = url;
    link.click();
  }

  function csv(rows) {
    const columns = Object.keys(rows[0] || {});
    const cell = (value) => '"' + String(value ?? "").replaceAll('"', '""') + '"';
    const lines = rows.map((row) => columns.map((c) => cell(row[c])).join(","));
    return [columns.map(cell).join(","), ...lines].join("\r\n") + "\r\n";
  }

  async function draw(figure) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const chart = figure.querySelector(".chart");
    if (chart.clientWidth < 700) spec.columns = 1;
    if (chart.clientWidth < 340 && spec.spec) spec.spec.width = chart.clientWidth - 110;
    const parsed = vega.parse(vegaLite.compile(spec).spec, null, { ast: true });
    const view = new vega.View(parsed, {
      renderer: "svg", expr: vega.expressionInterpreter,
    }).initialize(chart);
    await view.runAsync();
    const svg = chart.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", figure.querySelector("figcaption").textContent);
    const name = figure.id;
    figure.querySelector(".downloads").addEventListener("click", async (event) => {
      const kind = event.target.dataset.kind;
      if (kind === "svg") {
        const blob = new Blob([await view.toSVG()], { type: "image/svg+xml" });
        save(name + ".svg", URL.createObjectURL(blob));
      } else if (kind === "png") {
        save(name + ".png", await view.toImageURL("png", 2));
      } else if (kind === "csv") {
        const blob = new Blob([csv(spec.data.values)], { type: "text/csv" });
        save(name + ".csv", URL.createObjectURL(blob));
      }
    });
  }

  document.querySelectorAll("figure").forEach((figure) => {
    draw(figure).catch((error) => {
      figure.querySelector(".chart").textContent = "This chart could not be drawn: " + error.message;
      console.error(error);
    });
  });
})();
