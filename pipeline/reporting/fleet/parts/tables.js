"use strict";
/* Tables of a report: sorted, searched and turned over by DataTables; everything in them is text, never markup. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const MOST_PRINTED = 2000;

  function element(name, text, properties) {
    const made = document.createElement(name);
    made.textContent = text;
    return Object.assign(made, properties);
  }

  function spark(line) {
    const picture = document.createElementNS(SVG, "svg");
    picture.setAttribute("class", "spark");
    picture.setAttribute("viewBox", "-1 -2 102 24");
    picture.setAttribute("aria-hidden", "true");
    const drawn = picture.appendChild(document.createElementNS(SVG, "polyline"));
    drawn.setAttribute("points", line);
    return picture;
  }

  function link(text, target) {
    const made = element("a", "", { href: target });
    made.append(element("bdi", text));
    return made;
  }

  // Of each kind of cell: what is shown, what it is sorted by, what is searched.
  const KINDS = {
    text: { show: (cell) => element("bdi", cell), sort: (cell) => cell.toLowerCase(), text: (cell) => cell },
    word: { show: (cell) => element("span", cell), sort: (cell) => cell, text: (cell) => cell },
    time: { show: (cell) => element("span", cell), sort: (cell) => cell, text: (cell) => cell },
    link: { show: (cell) => (cell[1] ? link(...cell) : ""), sort: (cell) => cell[0].toLowerCase(), text: (cell) => cell[0] },
    number: { show: (cell) => element("span", cell[1]), sort: (cell) => cell[0] ?? -Infinity, text: (cell) => cell[1] },
    answer: { show: (cell) => element("bdi", cell[0]), sort: (cell) => cell[0].toLowerCase(), text: (cell) => cell.join(" ") },
    state: {
      show: (cell) => element("span", cell[1], { className: "state " + cell[1].replace(" ", "-") }),
      sort: (cell) => cell[0],
      text: (cell) => cell[1],
    },
    trend: { show: (cell) => (cell[1] ? spark(cell[1]) : ""), sort: (cell) => cell[0] ?? -Infinity, text: () => "" },
  };

  function column(told) {
    const kind = KINDS[told.kind];
    const numeric = ["number", "state", "trend"].includes(told.kind);
    return {
      title: told.title,
      className: `of-${told.kind}`,
      type: numeric ? "num" : "string",
      orderSequence: ["asc", "desc"],
      render: (cell, purpose) =>
        purpose === "display" ? kind.show(cell) : purpose === "filter" ? kind.text(cell) : kind.sort(cell),
    };
  }

  function made(table) {
    const held = JSON.parse(document.getElementById(table.dataset.rows).textContent);
    table.tBodies[0].replaceChildren();
    const shown = new DataTable(table, {
      data: held.rows,
      columns: held.columns.map(column),
      order: held.order,
      deferRender: true,
      autoWidth: false,
      pageLength: 50,
      lengthMenu: [25, 50, 100, 500],
      layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
      language: { search: "Search", lengthMenu: "Rows _MENU_", info: "_START_ to _END_ of _TOTAL_", infoFiltered: "(_MAX_ in all)", zeroRecords: "nothing fits" },
    });
    addEventListener("beforeprint", () => held.rows.length <= MOST_PRINTED && shown.page.len(-1).draw());
    addEventListener("afterprint", () => shown.page.len(50).draw());
    filtered(shown, table.id, held.columns);
  }

  // Filters and the search are kept behind the # of the address, so that a view can be sent to somebody.
  function filtered(shown, name, columns) {
    const form = document.querySelector(`form[data-filters="${name}"]`);
    if (!form) return;
    const controls = [...form.elements].filter((control) => control.name);
    const places = new Map(columns.map((told, place) => [told.key, place]));
    const wanted = () => controls.filter((control) => control.value);

    function fits(cell, control) {
      if (control.type === "date") return cell >= control.value;
      return (Array.isArray(cell) ? cell[1] : cell) === control.value;
    }

    // A link may outlive the last machine in its state: it then shows none, not all.
    function choose(control, value) {
      control.value = value;
      if (control.value !== value && control.options) {
        control.add(new Option(value, value));
        control.value = value;
      }
    }

    function tell() {
      const words = new URLSearchParams(wanted().map((control) => [control.name, control.value]));
      if (shown.search()) words.set("q", shown.search());
      history.replaceState(null, "", "#" + words);
    }

    function hear() {
      if (location.hash && !location.hash.includes("=")) return; // a place on the page, not a view of the table
      const words = new URLSearchParams(location.hash.slice(1));
      for (const control of controls) choose(control, words.get(control.name) ?? "");
      shown.search(words.get("q") ?? "").draw();
    }

    shown.search.fixed("filters", (_, row) => wanted().every((control) => fits(row[places.get(control.name)], control)));
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => (shown.draw(), tell()));
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      for (const control of controls) control.value = "";
      shown.search("").draw();
      tell();
    });
    shown.on("search", tell);
    addEventListener("hashchange", hear);
    hear();
  }

  document.querySelectorAll("table[data-rows]").forEach(made);
})();
