/** What `npm start` told the app about walls, by variables (scripts/start/web.mjs). */
import type { WallsFacts } from '$lib/protocol/health';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param host what the host says of itself, which counts where both know: it is what kernels have
 * @param env what was found before the start
 */
export function wallsFacts(
	host: Pick<WallsFacts, 'on' | 'tier'>,
	env: Environment = process.env
): WallsFacts {
	return {
		on: host.on,
		isClass: isClass(env),
		isWaived: env['TUNINGFORK_WALLS_WAIVED'] === '1',
		tier: host.tier ?? (env['TUNINGFORK_WALLS_TIER'] || null)
	};
}

/** Many learners, and among those who ask some who teach. */
export function isClass(env: Environment = process.env): boolean {
	return env['TUNINGFORK_CLASS'] === '1';
}

/** @param user number of a user; `null`: not known */
export function isOtherUser(user: number | null): boolean {
	return user !== null && user !== process.geteuid?.();
}

export function isRoot(): boolean {
	return process.geteuid?.() === 0;
}

/** What the terminal says when the app is run by the administrator of the computer. */
export const ROOT_WARNING = `
  Tuning Fork runs as root.
  Why that matters: cells are programs, and what root starts may change everything on this computer.
  Walls around kernels do not hold root either.
  What to do: stop it, and run it as an ordinary user:
    sudo useradd --create-home tuningfork
    sudo --user tuningfork --login
  Clone the project there and run npm start. To keep your work, give that user your data folder:
    sudo chown -R tuningfork /path/to/data
  (as-root)
`;
