/**
 * Light, dark, or as the system is set. The choice lies in a cookie, so that the server can draw the page in
 * it at once: a script that asks the browser's storage first holds up the first paint, by some 20 ms.
 */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Cookies know no ports: under a plain name, other programs of this computer would share it. */
export const THEME_COOKIE = 'tuningfork-theme';
/** What it was called before. */
export const OLD_THEME_COOKIE = 'theme';

/** What a cookie or an attribute says; nonsense counts as no choice. */
export function toTheme(said: string | undefined): Theme {
	return THEMES.find((theme) => theme === said) ?? 'system';
}
