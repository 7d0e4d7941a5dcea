/** How outputs know where the learner's own files can be fetched; without it they only say where one is. */
import { getContext, setContext } from 'svelte';

type FileHref = (path: string) => string;
const KEY = Symbol('files');

export function setFileHref(href: FileHref): void {
	setContext(KEY, href);
}

export function getFileHref(): FileHref | null {
	return getContext<FileHref | undefined>(KEY) ?? null;
}
