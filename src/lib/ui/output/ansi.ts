/** Text with colour codes as pieces to draw. Colours are names; the stylesheet knows their values. */
import Anser from 'anser';

export interface Piece {
	readonly text: string;
	readonly classes: string;
	readonly style: string;
}

const ESC = '\u001b';

export function hasCodes(text: string): boolean {
	return text.includes(ESC);
}

export function readAnsi(text: string): readonly Piece[] {
	return Anser.ansiToJson(text, { json: true, remove_empty: true, use_classes: true }).map(
		(chunk) => ({
			text: chunk.content,
			classes: classesOf(chunk),
			style: styleOf(chunk)
		})
	);
}

export function plainText(text: string): string {
	return hasCodes(text) ? Anser.ansiToText(text) : text;
}

/** Anser's own types leave out `isInverted`. */
type Chunk = ReturnType<typeof Anser.ansiToJson>[number] & { readonly isInverted?: boolean };

function classesOf(chunk: Chunk): string {
	// Inverse text shows paper on ink; the colours it names were chosen for another background.
	const colours = chunk.isInverted
		? ['ansi-inverse']
		: [className(chunk.fg), `${className(chunk.bg)}-back`].filter((name) =>
				name.startsWith('ansi')
			);
	return [...colours, ...chunk.decorations.map((decoration) => `ansi-${decoration}`)].join(' ');
}

function styleOf(chunk: Chunk): string {
	if (chunk.isInverted) return '';
	const fore = rgb(chunk.fg, chunk.fg_truecolor);
	const back = rgb(chunk.bg, chunk.bg_truecolor);
	return [
		// Drawn towards the ink: a colour meant for a black terminal must be readable on paper.
		fore ? `color: color-mix(in oklab, rgb(${fore}) 45%, var(--ink))` : '',
		back ? `background: color-mix(in oklab, rgb(${back}) 25%, transparent)` : ''
	]
		.filter(Boolean)
		.join('; ');
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** The class of one of the sixteen colours with a name; empty for all others. */
function className(colour: string | null): string {
	const number = Number(/^ansi-palette-(\d+)$/.exec(colour ?? '')?.[1] ?? 16);
	if (number < 16) return `ansi-${number > 7 ? 'bright-' : ''}${NAMES[number % 8]}`;
	return /^ansi-(?:bright-)?(?!truecolor|palette)[a-z]+$/.test(colour ?? '') ? (colour ?? '') : '';
}

function rgb(name: string | null, truecolor: string | null): string | null {
	if (name === 'ansi-truecolor') return /^[\d, ]+$/.test(truecolor ?? '') ? truecolor : null;
	const palette = /^ansi-palette-(\d+)$/.exec(name ?? '')?.[1];
	return palette ? paletteColour(Number(palette)) : null;
}

/** The 256 colours of a terminal from number 16 on: a cube of six steps, then greys. */
function paletteColour(number: number): string | null {
	if (number < 16 || number > 255) return null;
	if (number >= 232) {
		const grey = 8 + (number - 232) * 10;
		return `${grey}, ${grey}, ${grey}`;
	}
	const index = number - 16;
	const step = (level: number) => (level === 0 ? 0 : 55 + level * 40);
	return [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map(step).join(', ');
}
