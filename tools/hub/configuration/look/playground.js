// The playground: what is written goes to MicroPython in this page, and what it says is shown.
// Nothing leaves the page. Everything is shown as text, whatever stands in it.
"use strict";

(function () {
  const place = document.getElementById("playground");
  const held = window.playground;
  if (!place || !held) return;

  // A node with its text and its children; attributes that are null are left out.
  function node(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  function field(id, label, rows) {
    const area = node("textarea", {
      id, rows, spellcheck: "false", autocomplete: "off", autocapitalize: "off", wrap: "off",
    });
    return [area, node("div", { class: "pg-field" }, node("label", { for: id }, label), area)];
  }

  const status = node("p", { class: "pg-status", role: "status" });
  place.append(status);
  if (!held.interpreter) {
    status.textContent =
      "This copy of the site was built on a computer without node, so the interpreter is not in it. " +
      "In a clone, `make docs-serve` builds one that has it.";
    return;
  }
  status.textContent = "MicroPython starts …";

  const select = node("select", { id: "pg-example" });
  held.examples.forEach((one, index) => select.append(node("option", { value: index }, one.name)));
  const [template, templateBox] = field("pg-template", "Template (BCL)", 18);
  const [payload, payloadBox] = field("pg-payload", "Payload (hexadecimal)", 3);
  const [record, recordBox] = field("pg-record", "Record (JSON)", 8);
  const packed = node("p", { class: "pg-note", role: "status" });
  const saved = node("p", { class: "pg-note" });
  const findings = node("div", { "aria-live": "polite" });
  const bytes = node("div", { class: "pg-bytes", role: "img", "aria-label": "The payload's bytes" });
  const rows = node("div", { class: "table-wrapper", tabindex: "0", role: "region",
    "aria-label": "What each byte means" });
  const share = node("button", { type: "button" }, "Put it into the address");
  place.append(
    node("div", { class: "pg-bar" }, node("label", { for: "pg-example" }, "Example "), select, share),
    node("div", { class: "pg-columns" },
      node("div", {}, templateBox, node("h3", {}, "What the linter says"), findings),
      node("div", {}, payloadBox, bytes, rows, saved, recordBox, packed)),
  );

  function show(told) {
    findings.replaceChildren();
    if (told.template_error) findings.append(node("p", { class: "pg-bad" }, told.template_error));
    for (const one of told.findings) {
      findings.append(node("p", { class: "pg-" + one.severity },
        node("strong", {}, one.severity), ` ${one.rule} `, node("code", {}, one.place), ` ${one.text}`));
    }
    if (!findings.children.length) findings.append(node("p", { class: "pg-note" }, "Nothing found."));
    payload.setAttribute("aria-invalid", told.payload_error ? "true" : "false");
    bytes.replaceChildren();
    rows.replaceChildren();
    saved.textContent = told.payload_error || told.record_error || "";
    saved.className = saved.textContent ? "pg-bad" : "pg-note";
    if (!told.record && document.activeElement !== record) record.value = packed.textContent = "";
    if (!told.rows) return;
    const tones = toned(told.rows);
    drawBytes(told, tones);
    drawRows(told.rows, tones);
    if (told.record_error) return;
    const length = told.payload.length / 2;
    saved.textContent = `${length} bytes on the air; the record as JSON has ${told.json_bytes}.`;
    if (document.activeElement !== record) {
      record.value = told.record;
      packed.textContent = "Change the record, and the payload follows.";
      packed.className = "pg-note";
    }
  }

  const idle = ["unused", "unread", "constant"];

  function toned(all) {
    let next = 0;
    return all.map((row) =>
      row.role === "failed" ? "failed" : idle.includes(row.role) ? "idle" : `tone-${next++ % 6}`);
  }

  function drawBytes(told, tones) {
    const owners = new Map();
    told.rows.forEach((row, number) => {
      if (row.start === null || idle.includes(row.role)) return;
      for (let at = Math.max(0, row.start); at < row.end; at++) if (!owners.has(at)) owners.set(at, number);
    });
    for (let at = 0; at < told.payload.length / 2 && at < 512; at++) {
      const owner = owners.get(at);
      const name = owner === undefined ? "not read" : told.rows[owner].asset || told.rows[owner].role;
      bytes.append(node("span", { class: owner === undefined ? "idle" : tones[owner],
        title: `byte ${at}: ${name}` }, told.payload.substr(2 * at, 2)));
    }
  }

  function drawRows(all, tones) {
    const body = node("tbody");
    all.forEach((row, number) => {
      const range = row.start === null ? "none"
        : row.end === row.start + 1 ? `${row.start}` : `${row.start} to ${row.end - 1}`;
      body.append(node("tr", {},
        node("td", { class: "pg-range" }, node("span", { class: "pg-swatch " + tones[number], "aria-hidden": "true" }), range),
        node("td", {}, row.asset || row.role), node("td", {}, row.type || "–"),
        node("td", {}, row.value === null ? "–" : row.value.slice(0, 80)),
        node("td", { class: row.role === "failed" ? "pg-bad" : null }, row.note || "")));
    });
    const head = node("tr");
    for (const name of ["Bytes", "Asset", "Type", "Value", "Note"]) head.append(node("th", { scope: "col" }, name));
    rows.append(node("table", { class: "docutils" }, node("thead", {}, head), body));
  }

  function load(one) {
    template.value = one.template;
    payload.value = one.payload;
  }

  function fromAddress() {
    try {
      const told = JSON.parse(decodeURIComponent(location.hash.slice(1)));
      if (typeof told.template !== "string" || typeof told.payload !== "string") return false;
      load(told);
      return true;
    } catch {
      return false; // an anchor, or nothing
    }
  }

  async function start() {
    const source = new Blob([held.interpreter.module], { type: "text/javascript" });
    const { loadMicroPython } = await import(URL.createObjectURL(source));
    const micropython = await loadMicroPython({
      url: "data:application/wasm;base64," + held.interpreter.wasm,
      heapsize: 1024 * 1024,
      linebuffer: true,
      stdout: () => {},
      stderr: (line) => console.error(line),
    });
    micropython.FS.mkdirTree("/app/nce_bcl");
    for (const [name, text] of Object.entries(held.files)) micropython.FS.writeFile("/app/" + name, text);
    micropython.runPython("import sys\nsys.path.insert(0, '/app')\nimport judge");
    const python = micropython.pyimport("judge");

    const judge = () => show(JSON.parse(python.judge(template.value, payload.value)));
    const pack = () => {
      const told = JSON.parse(python.pack(template.value, record.value));
      packed.textContent = told.error || "Packed.";
      packed.className = told.error ? "pg-bad" : "pg-note";
      if (!told.error) { payload.value = told.payload; judge(); }
    };
    let waiting = 0;
    const soon = (act) => () => { clearTimeout(waiting); waiting = setTimeout(act, 200); };
    template.addEventListener("input", soon(judge));
    payload.addEventListener("input", soon(judge));
    record.addEventListener("input", soon(pack));
    record.addEventListener("blur", judge);
    select.addEventListener("change", () => { load(held.examples[select.value]); judge(); });
    share.addEventListener("click", () => {
      const told = { template: template.value, payload: payload.value };
      location.hash = encodeURIComponent(JSON.stringify(told));
    });
    if (!fromAddress()) load(held.examples[0]);
    judge();
    status.textContent = "MicroPython runs in this page; nothing you write leaves it.";
  }

  start().catch((error) => {
    status.textContent = `MicroPython did not start in this browser: ${error.message || error}`;
    status.className = "pg-status pg-bad";
  });
})();
