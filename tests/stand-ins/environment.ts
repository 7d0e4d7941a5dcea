/** What SvelteKit's module says, for tests that run without SvelteKit. */
export const version = 'test';
export const browser = false;
export const dev = false;
export const building = false;
