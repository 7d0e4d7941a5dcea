declare global {
	namespace App {
		interface Locals {
			/** Who is asking. The gate in hooks.server.ts fills it; nothing else may. */
			learner: string;
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
