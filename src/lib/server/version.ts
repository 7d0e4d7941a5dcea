import { version } from '$app/environment';

/** Changes with every build: a page of another version is asked to reload. */
export const VERSION = version;
