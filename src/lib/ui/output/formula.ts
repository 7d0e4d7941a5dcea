/**
 * The only door to KaTeX: draws one formula. What cannot be drawn is told beside its source, and no
 * formula takes more room, more time or more of the network than the page gives it: none.
 */
import katex from 'katex';
import type { Formula } from './latex';

/** Characters of a faulty source that are shown. */
const SHOWN = 300;

export function drawFormula({ source, isDisplay }: Formula): HTMLElement {
	const element = document.createElement('span');
	try {
		katex.render(source, element, {
			displayMode: isDisplay,
			throwOnError: true,
			trust: false,
			strict: 'ignore',
			maxSize: 40,
			maxExpand: 1000
		});
		return element;
	} catch (error) {
		return faultOf(source, error);
	}
}

function faultOf(source: string, error: unknown): HTMLElement {
	const element = document.createElement('span');
	const code = document.createElement('code');
	code.textContent = source.length > SHOWN ? `${source.slice(0, SHOWN)}…` : source;
	element.className = 'formula-fault';
	element.append(
		code,
		` (This formula cannot be drawn: ${reasonOf(error)} Correct it and run the cell again.)`
	);
	return element;
}

function reasonOf(error: unknown): string {
	// Not a fault that KaTeX found: its own stack ran out.
	if (error instanceof RangeError) return 'it is nested too deep.';
	if (!(error instanceof katex.ParseError)) return 'it is not one that the page understands.';
	const reason = error.rawMessage.slice(0, SHOWN);
	return `${reason.charAt(0).toLowerCase()}${reason.slice(1).replace(/\.$/, '')}.`;
}
