import type { Loose } from '$lib/notebook/foreign';
import type { MimeBundle } from '$lib/notebook/output';

export interface Picture {
	readonly src: string;
	readonly alt: string;
	readonly width: number | undefined;
	readonly height: number | undefined;
}

/** An image as an address that holds it. SVG too: inside `<img>` no script of it can run. */
export function toPicture(
	mime: string,
	value: string,
	metadata: MimeBundle,
	fallback: string
): Picture {
	const own = about(metadata, mime);
	const type = mime === 'image/jpg' ? 'image/jpeg' : mime;
	const src =
		type === 'image/svg+xml'
			? // Half a character has no address: it would end the page's drawing, not only the image's.
				`data:image/svg+xml;charset=utf-8,${encodeURIComponent(value.toWellFormed())}`
			: `data:${type};base64,${value.replaceAll(/\s/g, '')}`;
	return {
		src,
		alt: altText(own, metadata, fallback),
		width: size(own.width ?? metadata.width),
		height: size(own.height ?? metadata.height)
	};
}

/** The same for the frame. */
export function pictureHtml({ src, alt, width, height }: Picture): string {
	const text = alt.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
	const size = [width && `width="${width}"`, height && `height="${height}"`].filter(Boolean);
	return `<img src="${src}" alt="${text}" ${size.join(' ')} style="max-width: 100%; background: #fff">`;
}

function about(metadata: MimeBundle, mime: string): Loose {
	const own = metadata[mime];
	return typeof own === 'object' && own !== null ? (own as Loose) : {};
}

function altText(own: Loose, metadata: MimeBundle, fallback: string): string {
	const given = own.alt ?? metadata.alt;
	if (typeof given === 'string' && given.trim()) return given;
	const axes = /^<Figure size .* with (\d+) Axes?>$/.exec(fallback)?.[1];
	if (axes)
		return `Figure with ${axes} ${axes === '1' ? 'plot' : 'plots'}. The cell gives no description.`;
	return 'Image from the cell. It gives no description.';
}

/** Pixels. Python gives a number, or one in a string; an image is never made larger than this. */
const LARGEST = 10_000;

function size(value: unknown): number | undefined {
	const pixels = typeof value === 'string' ? Number.parseFloat(value) : value;
	if (typeof pixels !== 'number' || !(pixels > 0)) return undefined;
	return Math.min(LARGEST, Math.max(1, Math.round(pixels)));
}
