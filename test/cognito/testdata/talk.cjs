// Lines in, lines out: {do, args} is answered with {ok} or {error}.
const readline = require("node:readline");

// plain makes JSON of what clients answer: dates, maps and typed arrays too.
function plain(value) {
  return JSON.stringify(value === undefined ? null : value, (_, v) => (v instanceof Error ? { name: v.name, message: v.message } : v));
}

function failure(e) {
  return { name: (e?.name === "Error" ? e.constructor.name : e?.name) || e?.code || String(e), message: e?.message || "", stack: (e?.stack || "") + (e?.underlyingError ? "\n" + e.underlyingError.stack : "") };
}

// answer does one line at a time, in their order.
exports.answer = async function (act) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { do: name, args } = JSON.parse(line);
    let said;
    try {
      said = plain({ ok: (await act(name, args)) ?? null });
    } catch (e) {
      said = plain({ error: failure(e) });
    }
    process.stdout.write(said + "\n");
  }
  process.exit(0);
};
