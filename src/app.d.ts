import type { EarlyPress } from '$lib/page/early';

declare global {
	/** Made by the script in app.html, before anything else runs; the server has none. */
	var early: { readonly pressed: EarlyPress[]; readonly listening: AbortController } | undefined;
	namespace App {
		interface Locals {
			/** Who is asking. The gate in hooks.server.ts fills it; nothing else may. */
			learner: string;
			/** May read how the installation and everybody's kernels are: alone, who has a key; in a class, who teaches; a collector. */
			mayMeasure: boolean;
		}
		interface Error {
			message: string;
			code?: string;
			why?: string;
			next?: string;
		}
	}
}

export {};
