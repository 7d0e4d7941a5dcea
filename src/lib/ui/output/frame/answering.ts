/**
 * Notices frames that do not answer any more, and stops them.
 *
 * A browser may keep all frames in one process, and one that computes without end then holds the
 * others (measured in Chromium; the page itself goes on). So frames begin one after the other, and it is
 * known which of them was at work; and when one is stopped all are taken away, since only then the browser
 * gives up that process, and the innocent ones begin again.
 */

export interface Answering {
	/** Resolves when the frame answers. */
	ping(): Promise<unknown>;
	/** Takes the frame away: for good, or to begin again when `ready` resolves. */
	stop(): void;
	restart(ready: Promise<void>): void;
}

/** Seconds. A drawing of a hundred thousand points takes about two. */
const PATIENCE = 12;
/** One that answered so many seconds ago does answer. */
const ALIVE = 4;
/** Milliseconds until a process whose last frame went is given up. */
const PAUSE = 400;

interface Seat {
	readonly frame: Answering;
	/** `begun`: at work on what a cell sent, for the first time. */
	stage: 'waiting' | 'loading' | 'begun' | 'shown';
	/** Seconds in which it has not answered. */
	silent: number;
	isAsked: boolean;
	go(): void;
}

const seats = new Set<Seat>();
let clock: ReturnType<typeof setInterval> | null = null;

export interface Place {
	/** Resolves when it is this frame's turn to begin. */
	readonly turn: Promise<void>;
	begun(): void;
	shown(): void;
	leave(): void;
}

export function takeSeat(frame: Answering): Place {
	let go: () => void = () => undefined;
	const turn = new Promise<void>((resolve) => (go = resolve));
	const seat: Seat = { frame, stage: 'waiting', silent: 0, isAsked: false, go };
	seats.add(seat);
	clock ??= setInterval(tick, 1000);
	queueMicrotask(next);
	return {
		turn,
		begun: () => move(seat, 'begun'),
		shown: () => {
			move(seat, 'shown');
			next();
		},
		leave: () => {
			seats.delete(seat);
			next();
			if (seats.size > 0 || clock === null) return;
			clearInterval(clock);
			clock = null;
		}
	};
}

function move(seat: Seat, stage: Seat['stage']): void {
	seat.stage = stage;
	seat.silent = 0;
	seat.isAsked = false;
}

/** One at a time. */
function next(): void {
	const all = [...seats];
	if (all.some(({ stage }) => stage === 'loading' || stage === 'begun')) return;
	const first = all.find(({ stage }) => stage === 'waiting');
	if (!first) return;
	move(first, 'loading');
	first.go();
}

/** Counted in ticks, not by the clock: while the page itself slept, nobody was silent. */
function tick(): void {
	for (const seat of seats) {
		if (seat.stage === 'waiting') continue;
		seat.silent += 1;
		if (seat.stage === 'shown' && !seat.isAsked) ask(seat);
	}
	const silent = [...seats].filter((seat) => seat.silent > PATIENCE);
	if (silent.length > 0) stop(silent);
}

function ask(seat: Seat): void {
	seat.isAsked = true;
	seat.silent = 0;
	void seat.frame.ping().then(() => {
		if (seat.stage === 'shown') move(seat, 'shown');
	});
}

function stop(silent: readonly Seat[]): void {
	const atWork = silent.filter(({ stage }) => stage === 'begun');
	// Nothing foreign has begun in one that still loads: it waits for those that hold the process.
	const shown = silent.filter(({ stage }) => stage === 'shown');
	const guilty = atWork.length > 0 ? atWork : shown;
	const all = [...seats].filter(({ stage }) => stage !== 'waiting');
	// Somebody answers: the process is not held, and the others can stay.
	const isHeld = !all.some(({ stage, silent: since }) => stage === 'shown' && since < ALIVE);
	const ready = new Promise<void>((resolve) => setTimeout(resolve, PAUSE));
	for (const { frame } of guilty) frame.stop();
	if (isHeld) for (const seat of all) if (!guilty.includes(seat)) seat.frame.restart(ready);
}
