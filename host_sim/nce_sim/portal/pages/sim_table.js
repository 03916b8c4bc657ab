// The table of SIMs: Quasar's, with cells that are drawn at once. A template for each of them would be
// compiled, and made again with each change of the page.
import { h, toRaw } from "vue";

const { QCheckbox, QTable } = Quasar;

const chip = (text, tone) => h("span", { class: `chip ${tone}` }, text);
const meter = (text, tone, share) => [
  h("div", text),
  h("div", { class: `meter ${tone}`, "aria-hidden": "true" }, [h("div", { style: { width: `${share}%` } })]),
];

// What a cell shows; a text is shown as text whatever is in it.
const CELLS = {
  state: (row) => [chip(row.state, row.state_tone)],
  session: (row) => [chip(row.session, row.session_tone)],
  iccid: (row) => [h("a", { href: row.address }, row.iccid)],
  data_left: (row) => meter(row.data_left, row.data_tone, row.data_share),
  sms_left: (row) => meter(row.sms_left, row.sms_tone, row.sms_share),
};

const box = (scope, label) =>
  h(QCheckbox, {
    modelValue: scope.selected,
    "onUpdate:modelValue": (isChosen) => (scope.selected = isChosen),
    "aria-label": label,
    dense: true,
  });

const SLOTS = {
  "header-selection": (scope) => box(scope, "Select all of this page"),
  "body-selection": (scope) => box(scope, `Select SIM ${scope.row.iccid}`),
};
// The sheet writes the heading before each cell where it is narrow: `data-heading`.
SLOTS["body-cell"] = ({ row, col, value }) =>
  h("td", { class: `q-td ${col.__tdClass(row)}`, "data-heading": col.label }, CELLS[col.name]?.(row) ?? value);

export default {
  inheritAttrs: false,
  props: { rows: Array, columns: Array },
  render() {
    const table = {
      ...this.$attrs,
      rows: toRaw(this.rows),
      columns: toRaw(this.columns),
      // The server says which page it is, with the rows of it; the table's own word would only bring them again.
      "onUpdate:pagination": () => {},
      ref: "qRef",
    };
    return h(QTable, table, SLOTS);
  },
};
