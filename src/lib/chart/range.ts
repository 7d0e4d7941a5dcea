/** The two ends of an axis. */
export type Range = readonly [from: number, to: number];

/** The smallest range that holds all values; `null` when there are none. */
export function extent(values: Iterable<number>): Range | null {
	let low = Infinity;
	let high = -Infinity;
	for (const value of values) {
		if (value < low) low = value;
		if (value > high) high = value;
	}
	return low <= high ? [low, high] : null;
}

/**
 * A calm axis: ends on round numbers, so that it does not jump with every new point, and from zero
 * when the values come near it.
 */
export function roundRange([low, high]: Range): Range {
	const from = low > 0 && low < 0.4 * high ? 0 : low;
	if (from === high)
		return from === 0 ? [0, 1] : [from - Math.abs(from) / 2, from + Math.abs(from) / 2];
	const step = roundStep((high - from) / 5);
	const clean = (value: number) => Number.parseFloat(value.toPrecision(12));
	return [clean(Math.floor(from / step) * step), clean(Math.ceil(high / step) * step)];
}

/** 1, 2 or 5 times a power of ten, the next above `size`. */
function roundStep(size: number): number {
	const power = 10 ** Math.floor(Math.log10(size));
	const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= size) ?? 10;
	return factor * power;
}

/** `range` made `factor` times as long around `centre`, kept inside `whole`. */
export function zoomRange(range: Range, factor: number, centre: number, whole: Range): Range {
	const shortest = (whole[1] - whole[0]) / 1000;
	const length = Math.max(shortest, (range[1] - range[0]) * factor);
	const share = (centre - range[0]) / (range[1] - range[0]);
	return keepInside([centre - share * length, centre + (1 - share) * length], whole);
}

/** `range` moved by `share` of its length, kept inside `whole`. */
export function moveRange(range: Range, share: number, whole: Range): Range {
	const by = (range[1] - range[0]) * share;
	return keepInside([range[0] + by, range[1] + by], whole);
}

function keepInside([from, to]: Range, whole: Range): Range {
	const length = Math.min(to - from, whole[1] - whole[0]);
	const start = Math.min(Math.max(from, whole[0]), whole[1] - length);
	return [start, start + length];
}
