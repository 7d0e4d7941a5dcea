/**
 * The last hour of many numbers, in half minutes: the highest value that was seen in each.
 *
 * Bounded: a series is forgotten an hour after its last value, and there are never more than
 * `MOST_SERIES`, of which the longest unused goes first. Pure but for its own memory; knows no clock.
 */
import type { History } from '$lib/protocol/health';

export const SLOT_MS = 30_000;
export const SLOTS = 120;
const MOST_SERIES = 600;

interface Series {
	readonly slots: (number | null)[];
	/** Number of the newest slot, counted from 1970. */
	newest: number;
}

export class Histories {
	readonly #series = new Map<string, Series>();

	/** @param at milliseconds since 1970, never less than before */
	note(name: string, value: number | null, at: number): void {
		if (value === null) return;
		const slot = Math.floor(at / SLOT_MS);
		const series = this.#series.get(name) ?? { slots: emptySlots(), newest: slot };
		moveTo(series, slot);
		series.slots[SLOTS - 1] = Math.max(series.slots[SLOTS - 1] ?? -Infinity, value);
		// Put last: the map keeps the order, so that the first one is the longest unused.
		this.#series.delete(name);
		this.#series.set(name, series);
	}

	read(name: string, at: number): History {
		const series = this.#series.get(name);
		if (!series) return [];
		moveTo(series, Math.floor(at / SLOT_MS));
		return [...series.slots];
	}

	/** Drops what has said nothing for an hour, and the longest unused of too many. */
	forgetOld(at: number): void {
		const oldest = Math.floor(at / SLOT_MS) - SLOTS;
		for (const [name, series] of this.#series) {
			const isOver = this.#series.size > MOST_SERIES;
			const isOld = series.newest <= oldest || series.slots.every((value) => value === null);
			if (isOver || isOld) this.#series.delete(name);
		}
	}

	get size(): number {
		return this.#series.size;
	}
}

function emptySlots(): (number | null)[] {
	return Array.from({ length: SLOTS }, () => null);
}

function moveTo(series: Series, slot: number): void {
	const steps = Math.min(Math.max(0, slot - series.newest), SLOTS);
	series.slots.splice(0, steps);
	while (series.slots.length < SLOTS) series.slots.push(null);
	series.newest = Math.max(series.newest, slot);
}
