/**
 * The cells of B5. The first makes a chart of so many points, the second lets it grow by ten points,
 * fifty times, ten times a second, and then prints END and the time. The same numbers on both sides,
 * each in its own way: to us the new rows are sent, as the training loop does (which holds back
 * more than ten messages a second anyway); plain Jupyter has `display_id`, which replaces the chart.
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
from IPython import get_ipython
from tuningfork.chart import CHART_MIME, METRICS_MIME, Chart, Panel, definition
publish = get_ipython().display_pub.publish
chart = Chart("bench-" + str(time.time_ns()), "Bench", "A curve that grows.", (Panel("Loss", (("loss", "Loss"),)),))
def send(steps):
    publish({METRICS_MIME: {"chart": chart.id, "rows": [row(step) for step in steps]}}, {})
publish({CHART_MIME: definition(chart, "running", None, None), "text/plain": "bench"}, {}, transient={"display_id": chart.id}, update=False)
send(range(${points}))`,
		second: growing(points, '    send(range(start, start + 10))')
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
