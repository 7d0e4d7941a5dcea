/** What SvelteKit's environment module says to tests that run in a browser. */
export const version = 'test';
export const browser = true;
export const dev = false;
export const building = false;
