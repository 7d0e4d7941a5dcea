/**
 * The cells of B5. The first makes a chart of so many points, the second lets it grow by ten points,
 * fifty times, ten times a second, and then prints END and the time. The same numbers on both sides,
 * each in its own way: our helper sends the new rows (and the whole chart every few seconds);
 * plain Jupyter has `display_id`, which replaces the chart.
 */

/** @typedef {{ first: string, second: string }} ChartCells */

const CURVE = `import math, random, time
def row(step):
    return {"step": step, "loss": math.exp(-step / 3000) + random.random() / 10}`;

/** @param {number} points @param {string} step what is done with ten new rows */
const growing = (points, step) => `for tick in range(50):
    start = ${points} + 10 * tick
${step}
    time.sleep(0.1)
print("END", time.time())`;

/** @param {number} points @returns {ChartCells} */
export function ourChart(points) {
	return {
		first: `${CURVE}
from tuningfork.chart import Chart, Panel
from tuningfork.live import Live
live = Live(Chart("bench-${points}-" + str(time.time()), "Bench", "A curve that grows.", (Panel("Loss", (("loss", "Loss"),)),)), ${points + 500})
live.start()
for step in range(${points}):
    live.row(row(step))
time.sleep(0.1)
live.row(row(${points}))`,
		second: growing(
			points,
			`    for step in range(start + 1, start + 11):
        live.row(row(step))`
		)
	};
}

/** @param {number} points @returns {ChartCells} */
export function labChart(points) {
	return {
		first: `${CURVE}
from IPython.display import display
values = [row(step) for step in range(${points})]
encoding = {"x": {"field": "step", "type": "quantitative"}, "y": {"field": "loss", "type": "quantitative"}}
def bundle():
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": 560, "height": 160,
            "data": {"values": values}, "mark": "line", "encoding": encoding}
    return {"application/vnd.vegalite.v5+json": spec, "text/plain": "bench"}
handle = display(bundle(), raw=True, display_id=True)`,
		second: growing(
			points,
			`    values += [row(step) for step in range(start, start + 10)]
    handle.update(bundle(), raw=True)`
		)
	};
}
