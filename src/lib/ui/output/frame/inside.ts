/**
 * The script of the frame for outputs. It closes what is to be closed, then waits for the page's port;
 * what a cell sent is shown, or drawn, only after that, so foreign code never has the port.
 */
import type { FromFrame, Job, ToFrame } from './message';
import { hold, seal } from './seal';

interface Drawer {
	drawForeign?(
		text: string,
		language: string,
		element: HTMLElement,
		refused: (what: string, address: string) => void
	): Promise<void>;
}

const content = document.getElementById('content') as HTMLElement;
const root = document.documentElement;
let tell: (message: FromFrame) => void = () => undefined;
/** How often the reader pressed into this frame. Keys do not count: they may be stolen ones. */
let acts = 0;

seal(add);
addEventListener('message', begin, { once: true });
addEventListener('pointerdown', (event) => (acts += event.isTrusted ? 1 : 0), true);
addEventListener('click', onclick, true);
document.addEventListener('securitypolicyviolation', onrefused);

function begin(event: MessageEvent): void {
	const [port] = event.ports;
	if (event.source !== parent || !port) return;
	event.stopImmediatePropagation();
	tell = port.postMessage.bind(port) as typeof tell;
	port.onmessage = (next: MessageEvent<ToFrame>) => void receive(next.data);
	watchContent();
	tell({ type: 'ready' });
}

async function receive(message: ToFrame): Promise<void> {
	if (message.type === 'ping') tell({ type: 'pong', number: message.number, acts });
	else if (message.type === 'theme') dress(message.theme);
	else tell({ type: 'shown', fault: await perform(message.job) });
}

/** @returns what went wrong, in words; `null` if nothing did */
async function perform(job: Job): Promise<string | null> {
	try {
		if (job.kind === 'html') content.replaceChildren(toNodes(job.html));
		else await draw(job);
		return null;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

async function draw(job: Extract<Job, { kind: 'drawing' }>): Promise<void> {
	const script = document.createElement('script');
	script.textContent = job.code;
	document.head.append(script);
	const box = document.createElement('div');
	content.replaceChildren(box);
	await (globalThis as Drawer).drawForeign?.(job.text, job.language, box, refused);
	// A picture has no parts for a reader; one with fields to set has.
	box.setAttribute('role', box.querySelector('input, select, button') ? 'group' : 'img');
	box.setAttribute('aria-label', job.label);
}

function add(markup: string): void {
	content.append(toNodes(markup));
}

/** Unlike innerHTML, a fragment made this way runs the scripts in it. */
function toNodes(markup: string): DocumentFragment {
	return document.createRange().createContextualFragment(markup);
}

function dress(theme: Readonly<Record<string, string>>): void {
	for (const [name, value] of Object.entries(theme)) {
		if (name.startsWith('--')) root.style.setProperty(name, value);
	}
	root.style.colorScheme = theme['scheme'] ?? '';
}

function watchContent(): void {
	const told = new Set<string>();
	new ResizeObserver(() => {
		tell({ type: 'height', height: document.body.offsetHeight });
	}).observe(document.body);
	new MutationObserver(() => {
		for (const element of content.querySelectorAll('*')) {
			const what = /^x-blocked-(.*)/.exec(element.localName)?.[1];
			const address = ['src', 'href', 'data']
				.map((name) => element.getAttribute(name))
				.find(Boolean);
			if (what && address && !told.has(address)) refused(what, address);
			if (what && address) told.add(address);
		}
	}).observe(content, { childList: true, subtree: true });
}

function onrefused({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void {
	if (/^(https?|wss?):/.test(blockedURI)) refused(effectiveDirective, blockedURI);
}

function refused(what: string, address: string): void {
	tell({ type: 'refused', what, address: address.slice(0, 2000) });
}

const pathOf = hold(Event.prototype.composedPath);

/** A link is the page's to open, and only the reader's own click asks for it. */
function onclick(event: MouseEvent): void {
	if (!event.isTrusted) return;
	const link = pathOf(event).find((at) => at instanceof Element && at.matches('a, area'));
	const address = link instanceof Element ? hrefOf(link) : '';
	if (address === '' || /^\s*(#|javascript:)/i.test(address)) return;
	event.preventDefault();
	tell({ type: 'link', address: address.slice(0, 2000) });
}

function hrefOf(link: Element): string {
	return (link.getAttribute('href') ?? link.getAttribute('xlink:href') ?? '').trim();
}
