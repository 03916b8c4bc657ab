// Draws nested tags as one component: ["tag", {attributes}, ...inside], where a text stays a text.
import { h, toRaw } from "vue";

function draw(part) {
  if (typeof part === "string") return part;
  const [tag, attributes, ...inside] = part;
  return h(tag, attributes, inside.length === 1 && typeof inside[0] === "string" ? inside[0] : inside.map(draw));
}

export default {
  props: { root: Array },
  render() {
    return draw(toRaw(this.root));
  },
};
