/** From seconds of processor time, which only grow, to cores: how much was used since the last look. */
export class Rates {
	#before = new Map<string, Reading>();
	#now = new Map<string, Reading>();

	/** Call before each round: what is not read in it is forgotten. */
	begin(): void {
		this.#before = this.#now;
		this.#now = new Map();
	}

	/**
	 * @param cpu seconds of processor time
	 * @param at seconds
	 * @returns cores; `null` at the first look, and when another process has taken the name
	 */
	of(name: string, cpu: number | null, at: number): number | null {
		if (cpu === null) return null;
		const before = this.#before.get(name);
		const known = before && before.at === at ? before : { cpu, at, cores: null };
		const cores = before && before.at < at ? grown(before, cpu, at) : known.cores;
		this.#now.set(name, { cpu, at, cores });
		return cores;
	}
}

interface Reading {
	readonly cpu: number;
	readonly at: number;
	readonly cores: number | null;
}

function grown(before: Reading, cpu: number, at: number): number | null {
	return cpu < before.cpu ? null : (cpu - before.cpu) / (at - before.at);
}
