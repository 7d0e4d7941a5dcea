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
	const src =
		mime === 'image/svg+xml'
			? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(value)}`
			: `data:${mime};base64,${value.replaceAll(/\s/g, '')}`;
	return {
		src,
		alt: altText(own, metadata, fallback),
		width: size(own.width),
		height: size(own.height)
	};
}

type Loose = Readonly<Record<string, unknown>>;

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

function size(value: unknown): number | undefined {
	return typeof value === 'number' && value > 0 ? value : undefined;
}
