// What every page has around it: the bar, the navigation, who is signed in, dark or light.
//
// All of it is one component: what a user does here concerns the browser alone, and nobody asks the server.
import { h, withDirectives } from "vue";

const { ClosePopup, QBtn, QDrawer, QHeader, QIcon, QItem, QItemSection, QMenu, QSpace, QTooltip } = Quasar;

const LOOKS = [
  ["Light", "off", false],
  ["Dark", "on", true],
  ["As the system", "", null],
];

const sign = (icon, label, onClick, inside) =>
  h(QBtn, { icon, flat: true, round: true, dense: true, color: "white", "aria-label": label, title: label, onClick }, inside);

export default {
  inheritAttrs: false,
  props: {
    root: String, // the address of the pages
    here: String, // the place of this page
    places: Array, // [path, title, icon, group or "", why it is out of reach or null]
    organisation: String,
    user: String,
    role: String,
    look: Boolean, // dark, light, or null: as the system
    cookie: String, // of the look
  },
  data: () => ({ isOpen: false }),
  created() {
    if (this.look !== null) setDark(this.look);
  },
  methods: {
    choose(word, look) {
      setDark(look);
      document.cookie = `${this.cookie}=${word};path=${this.root};SameSite=Strict;max-age=31536000`;
    },
    bar() {
      return h(QHeader, { class: "nicegui-header bar-top items-center no-wrap q-px-md q-py-sm" }, () => [
        h("a", { class: "skip", href: "#content" }, "Skip to the content"),
        sign("menu", "Navigation", () => (this.isOpen = !this.isOpen)),
        h("a", { class: "brand", href: `${this.root}/` }, "1NCE Portal"),
        h("span", { class: "company gt-xs" }, this.organisation),
        h(QSpace),
        sign("contrast", "Light or dark", undefined, () =>
          h(QMenu, { role: "menu" }, () => LOOKS.map((look) => this.lookItem(...look))),
        ),
        sign("account_circle", `Signed in as ${this.user}`, undefined, () => h(QMenu, () => this.account())),
      ]);
    },
    lookItem(name, word, look) {
      const item = h(QItem, { clickable: true, role: "menuitem", onClick: () => this.choose(word, look) }, () =>
        h(QItemSection, () => name),
      );
      return withDirectives(item, [[ClosePopup]]);
    },
    account() {
      return h("div", { class: "q-pa-md" }, [
        h("div", this.user),
        h("div", { class: "note" }, this.role),
        // A form: the session ends at the door, not in a page.
        h("form", { class: "q-mt-md", method: "post", action: `${this.root}/sign-out` }, [
          h(QBtn, { label: "Sign out", class: "act", outline: true, noCaps: true, type: "submit" }),
        ]),
      ]);
    },
    navigation() {
      const inside = [];
      let before = "";
      for (const [path, title, icon, group, reason] of this.places) {
        if (group !== before) inside.push(h("div", { class: "group" }, group));
        before = group;
        inside.push(this.place(path, title, icon, reason));
      }
      return h("nav", { "aria-label": "Pages" }, inside);
    },
    place(path, title, icon, reason) {
      const told = [h(QIcon, { name: icon, "aria-hidden": "true" }), h("span", title)];
      const current = path === this.here ? "page" : undefined;
      if (reason === null) return h("a", { class: "place", href: this.root + path, "aria-current": current }, told);
      const out = { class: "place", "aria-disabled": "true", tabindex: 0, role: "link" };
      return h("span", out, [...told, h(QTooltip, () => reason)]);
    },
  },
  render() {
    // Open where there is room: Quasar knows.
    const side = {
      modelValue: this.isOpen,
      "onUpdate:modelValue": (isOpen) => (this.isOpen = isOpen),
      class: "nicegui-drawer side",
      showIfAbove: true,
      width: 220,
      breakpoint: 900,
    };
    return [this.bar(), h(QDrawer, side, () => this.navigation())];
  },
};
