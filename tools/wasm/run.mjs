// Runs a program of MicroPython in node, with a modem at a TCP port of this computer.
//
//   node run.mjs MODULES TREE PORT PROGRAM
//
// MODULES is the folder with node_modules, TREE the files of the board (`.mpy` and data), PORT the
// modem's, as `nce sim modem --tcp PORT` has it, PROGRAM a Python file with a coroutine `main()`.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

if (process.argv.length !== 6) {
  console.error("usage: node run.mjs MODULES TREE PORT PROGRAM");
  process.exit(2);
}
const [modules, tree, port, program] = process.argv.slice(2);
const packaged = "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";
const { loadMicroPython } = await import(pathToFileURL(path.resolve(modules, packaged)));
const micropython = await loadMicroPython({
  heapsize: 512 * 1024,
  linebuffer: true,
  stdout: (line) => console.log(line),
  stderr: (line) => console.error(line),
});

function copy(source, target) {
  micropython.FS.mkdirTree(target);
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [path.join(source, entry.name), `${target}/${entry.name}`];
    if (entry.isDirectory()) copy(from, to);
    else micropython.FS.writeFile(to, fs.readFileSync(from));
  }
}
copy(tree, "/app");
const board = fileURLToPath(new URL("board.py", import.meta.url));
micropython.FS.writeFile("/app/board.py", fs.readFileSync(board));

const modem = net.connect(Number(port), "127.0.0.1");
let feed = () => {};
modem.on("data", (data) => feed(data.toString("hex")));
modem.on("close", () => feed(null));
modem.on("error", (error) => {
  console.error(`the modem's line failed: ${error.message}`);
  process.exit(1);
});
globalThis.modemOpen = (callback) => { feed = callback; };
globalThis.modemWrite = (digits) => modem.write(Buffer.from(digits, "hex"));
globalThis.modemClose = () => modem.end();
globalThis.randomDigits = (count) =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(count))).toString("hex");

// This port has no os.urandom; the browser's and node's are good.
const prelude = `
import js, os, sys
sys.path.insert(0, "/app")
class Os:
    def __getattr__(self, name):
        return getattr(os, name)
    def urandom(self, count):
        return bytes.fromhex(js.randomDigits(count))
sys.modules["os"] = Os()
`;
try {
  micropython.runPython(prelude);
  micropython.runPython(fs.readFileSync(program, "utf8"));
  // A task: asyncio's events know no other waiter here.
  await micropython.runPythonAsync("import asyncio\nawait asyncio.create_task(main())");
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exit(0);
