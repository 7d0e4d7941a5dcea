/**
 * The second thread of a kernel, in which cells run beside others. It is made when the first cell
 * needs it, found again after the web process was restarted, and ends with the kernel's process.
 */
import type { MimeBundle } from './port';

export interface SubshellId {
	readonly subshell: string;
}

type Ask = (type: string) => Promise<MimeBundle | null>;

export class Subshell {
	readonly #ask: Ask;
	#known: Promise<SubshellId | null> | null = null;

	constructor(ask: Ask) {
		this.#ask = ask;
	}

	/** The one there is; `null`: there is none, or it is not known because the kernel has ended. */
	async find(): Promise<SubshellId | null> {
		const listed = (await this.#ask('list_subshell_request'))?.['subshell_id'];
		const first: unknown = Array.isArray(listed) ? listed[0] : null;
		return typeof first === 'string' ? { subshell: first } : null;
	}

	/**
	 * Calls back with the one there is or with a new one, unless the kernel ends first. `null`: this
	 * kernel can have none; what was meant for it waits its turn.
	 */
	async use(act: (id: SubshellId | null) => void): Promise<void> {
		const opening = (this.#known ??= this.find().then((found) => found ?? this.#make()));
		const id = await opening;
		if (this.#known === opening) act(id);
	}

	/** The kernel's process has ended. */
	forget(): void {
		this.#known = null;
	}

	async #make(): Promise<SubshellId | null> {
		const id = (await this.#ask('create_subshell_request'))?.['subshell_id'];
		return typeof id === 'string' ? { subshell: id } : null;
	}
}
