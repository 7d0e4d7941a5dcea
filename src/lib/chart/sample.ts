/** A place in a chart. */
export interface Point {
	readonly x: number;
	readonly y: number;
}

/**
 * At most `limit` of the points, chosen so that the line looks the same: from each bucket the point
 * that makes the largest triangle with its neighbours (Steinarsson 2013, "Downsampling Time Series
 * for Visual Representation"). First and last are always kept; nothing is averaged or made up.
 */
export function sample(points: readonly Point[], limit: number): readonly Point[] {
	const [first] = points;
	const last = points.at(-1);
	if (points.length <= limit || limit < 3 || !first || !last) return points;
	const chosen: Point[] = [first];
	const width = (points.length - 2) / (limit - 2);
	let before = first;
	for (let bucket = 0; bucket < limit - 2; bucket += 1) {
		const start = Math.floor(bucket * width) + 1;
		const end = Math.floor((bucket + 1) * width) + 1;
		const after = mean(points, end, Math.min(points.length, Math.floor((bucket + 2) * width) + 1));
		before = largest(points, start, end, before, after);
		chosen.push(before);
	}
	return [...chosen, last];
}

function mean(points: readonly Point[], start: number, end: number): Point {
	let x = 0;
	let y = 0;
	for (let index = start; index < end; index += 1) {
		x += points[index]?.x ?? 0;
		y += points[index]?.y ?? 0;
	}
	return { x: x / (end - start), y: y / (end - start) };
}

function largest(points: readonly Point[], start: number, end: number, a: Point, c: Point): Point {
	let best = points[start] ?? a;
	let most = -1;
	for (let index = start; index < end; index += 1) {
		const b = points[index];
		if (!b) continue;
		const area = Math.abs((a.x - c.x) * (b.y - a.y) - (a.x - b.x) * (c.y - a.y));
		if (area > most) {
			most = area;
			best = b;
		}
	}
	return best;
}
