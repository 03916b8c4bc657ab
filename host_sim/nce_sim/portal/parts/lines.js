// Lines of a log, each a text and its class: what comes is added below, and the oldest go.
import { h } from "vue";

export default {
  props: { lines: Array, most: Number },
  render() {
    return h("div");
  },
  mounted() {
    this.add(this.lines);
  },
  methods: {
    show(lines) {
      this.$el.replaceChildren();
      this.add(lines);
    },
    add(lines) {
      const log = this.$el;
      // Who has scrolled back reads on there.
      const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 4;
      for (const [text, tone] of lines) {
        const line = document.createElement("div");
        line.className = tone;
        line.textContent = text;
        log.append(line);
      }
      while (log.childElementCount > this.most) log.firstElementChild.remove();
      if (isAtEnd) log.scrollTop = log.scrollHeight;
    },
  },
};
